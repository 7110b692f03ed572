"""What a kWh and a kW cost."""
