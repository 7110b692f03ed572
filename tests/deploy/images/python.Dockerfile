# Stand-in for python:3.11-slim: the present Debian, on which that image is built, with Debian's own Python under the names that the
# official image has. That Python is newer than 3.11; the whole suite runs on both.
FROM debian:standin
RUN apt-get update -q -o Acquire::Retries=3 \
    && apt-get install -y -q -o Acquire::Retries=3 --no-install-recommends python3 python3-venv python3-pip \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
    && ln -s /usr/bin/python3 /usr/local/bin/python
