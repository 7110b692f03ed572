# Debian's Nginx and InfluxDB, and a stand-in for Tailscale, in one image, so that packages are fetched once. It is tagged with each of
# the names that the compose files use. The entry point is InfluxDB's; the compose files name their own for the other two.
FROM debian:standin
RUN apt-get update -q -o Acquire::Retries=3 && apt-get install -y -q -o Acquire::Retries=3 --no-install-recommends nginx-light influxdb wget openssl python3
COPY influxdb-entrypoint influx-ping containerboot /usr/local/bin/
RUN mv /usr/local/bin/influx-ping /usr/local/bin/influx \
    && chmod 755 /usr/local/bin/influxdb-entrypoint /usr/local/bin/influx /usr/local/bin/containerboot \
    && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=tailnet \
        -keyout /srv/tls.key -out /srv/tls.crt \
    && chmod 644 /srv/tls.key
EXPOSE 8086
ENTRYPOINT ["/usr/local/bin/influxdb-entrypoint"]
