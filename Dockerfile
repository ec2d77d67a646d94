# The kit in a container, for an ordinary user: `docker build -t labkit .`,
# then `docker run -it labkit` plays lab 03, `docker run -it labkit bash` is a
# shell. A container bars user namespaces by default; with
# `--security-opt seccomp=unconfined` the checks get their private network.
ARG BASE=debian:bookworm-slim
FROM ${BASE}

# Which sections of packages.txt: "student develop" adds clangd and more.
ARG SECTIONS=student
COPY setup packages.txt /tmp/kit/
RUN /tmp/kit/setup ${SECTIONS} && rm -r /tmp/kit /var/lib/apt/lists/*

RUN useradd --create-home --shell /bin/bash student \
    && install --directory --owner=student /home/student/kit
COPY --chown=student:student . /home/student/kit
USER student
WORKDIR /home/student/kit
CMD ["make", "lab03"]
