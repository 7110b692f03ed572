# The service. Two stages: the first installs the libraries, the second has them and the program, no compiler, no root.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE} AS libraries

# A virtual environment without pip; every file is checked against the hashes of the lock file.
# The libraries' own tests never run here. Compiled once, since nothing can be written later; the files do not change, so nobody checks.
COPY requirements.lock /tmp/requirements.lock
RUN python3 -m venv --without-pip /venv \
    && python3 -m pip --python /venv/bin/python install --no-cache-dir --no-compile --only-binary=:all: --require-hashes -r /tmp/requirements.lock \
    && find /venv -type d -name tests -prune -exec rm -rf {} + \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /venv/lib


FROM ${PYTHON_IMAGE}

# The libraries bring what they need beside Python: no package of the system.
RUN groupadd --gid 1000 factory \
    && useradd --uid 1000 --gid 1000 --no-create-home --home-dir /app --shell /usr/sbin/nologin factory

COPY --from=libraries /venv /venv
COPY CHANGELOG.md /app/CHANGELOG.md
COPY src/configs /app/src/configs
COPY src/fastapi-app /app
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app \
    && install -d -o 1000 -g 1000 /app/data /app/models /app/logs

ARG VERSION=unknown
ARG REVISION=unknown
ARG BUILT_AT=unknown
RUN printf '%s\n%s\n' "${REVISION}" "${BUILT_AT}" > /app/BUILD
LABEL org.opencontainers.image.title="Chocolate Factory" \
      org.opencontainers.image.description="Electricity prices, forecasts and production planning for a chocolate factory" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${BUILT_AT}"

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app \
    HOST=0.0.0.0 \
    PORT=8000 \
    LISTEN_LEVELS=1,2,3 \
    DATA_DIR=/app/data \
    MODELS_DIR=/app/models \
    LOG_DIR=/app/logs \
    CONFIG_DIR=/app/src/configs

WORKDIR /app
USER 1000:1000
EXPOSE 8000
# Through the door of Nginx, which answers to any host name: ALLOWED_HOSTS may leave out 127.0.0.1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import os; from urllib.request import Request, urlopen; urlopen(Request('http://127.0.0.1:8001/health', headers={'X-Nginx-Secret': os.environ.get('NGINX_SECRET', '')}), timeout=4)"]
CMD ["python", "-m", "start", "main"]
