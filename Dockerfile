# `docker run -i IMAGE` serves one host over stdio, `docker run IMAGE http` a team.
# How to run it: docs/install.md and docs/service.md.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /app
COPY requirements-http.txt ./
RUN pip --python /app/bin/python install --no-cache-dir --require-hashes -r requirements-http.txt
COPY pyproject.toml README.md LICENSE LICENSE-UNICODE ./
COPY incident_desk ./incident_desk
COPY server ./server
COPY tools ./tools
COPY sandbox ./sandbox
RUN pip --python /app/bin/python install --no-cache-dir --no-deps --no-build-isolation .
# The requirements include what builds the project. The image does not need it.
RUN pip --python /app/bin/python uninstall --yes editables hatchling pathspec pluggy tomlkit trove-classifiers

FROM python:3.13-slim
# The name in the MCP registry, which compares it with server.json.
LABEL io.modelcontextprotocol.server.name="io.github.OWNER/incident-desk" \
    org.opencontainers.image.title="Incident Desk" \
    org.opencontainers.image.source="https://github.com/OWNER/incident-desk" \
    org.opencontainers.image.licenses="Apache-2.0 AND Unicode-3.0"
RUN python -m pip uninstall --yes pip && rm -rf /usr/local/lib/python3.13/ensurepip
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 \
    INCIDENT_DESK_HTTP_HOST=0.0.0.0
USER 65532:65532
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["incident-desk"]
