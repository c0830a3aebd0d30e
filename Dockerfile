# The one image of docker-compose.yml: what constraints.txt pins, and a user who owns no code.
FROM python:3.11-slim-bookworm

WORKDIR /app
COPY constraints.txt pyproject.toml ./
RUN pip install --no-cache-dir "$(grep '^uv==' constraints.txt)" \
 && uv pip install --system --no-cache --constraint constraints.txt --requirement pyproject.toml

COPY README.md ./
COPY crawlers crawlers
COPY transforms transforms
COPY warehouse warehouse
COPY dags dags
COPY khabar khabar
# A new volume takes the owner of the folder that it is mounted on.
RUN uv pip install --system --no-cache --no-deps --editable . \
 && useradd --uid 50000 --no-create-home --home-dir /airflow khabar \
 && install -d -o khabar -g khabar -m 0750 /airflow /airflow/logs /logins /khabar \
      /khabar/archive /khabar/batches /khabar/locks /khabar/sources /khabar/trials /khabar/inbox /khabar/lake \
 && install -d -o khabar -g khabar -m 0755 /khabar/published

ENV AIRFLOW_HOME=/airflow KHABAR_HOME=/khabar PYTHONUNBUFFERED=1
USER khabar
