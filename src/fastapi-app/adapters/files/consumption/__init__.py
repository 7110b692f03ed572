"""Files of consumption: Datadis, distributors, and the messages between distributor and retailer."""
