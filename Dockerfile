# One image; web, worker, beat and the preparation are commands of it (docker-compose.yml).

FROM node:22-slim AS assets
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    MALLOC_ARENA_MAX=2 \
    DJANGO_SETTINGS_MODULE=kpitrack.settings \
    KPITRACK_HOME=/data
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin kpitrack \
    && install --directory --owner=kpitrack --mode=0700 /data
WORKDIR /app
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY . .
COPY --from=assets /app/node_modules node_modules
RUN python -m compileall -q kpitrack dashboards reviews notifications verdicts measurements indicators teams web analysis
USER kpitrack
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "kpitrack.serve", "--host", "0.0.0.0"]
