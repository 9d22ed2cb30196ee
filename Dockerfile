# The mock by default; `docker run IMAGE suite …` runs the suite, and `docker run IMAGE gate …` compares documents.
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY spec spec
COPY mock_server mock_server
COPY contract_tests contract_tests
COPY change_gate change_gate
RUN python -m venv /opt/caseiq && /opt/caseiq/bin/pip install --no-cache-dir --no-compile '.[postgresql]'

FROM python:3.12-slim
COPY --from=build /opt/caseiq /opt/caseiq
COPY docker/entrypoint.sh /usr/local/bin/caseiq
ENV PATH=/opt/caseiq/bin:$PATH PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --create-home --home-dir /work caseiq
USER 10001
# Reports, databases and deployment files: mount a folder here.
WORKDIR /work
EXPOSE 8000
ENTRYPOINT ["caseiq"]
CMD ["mock"]
