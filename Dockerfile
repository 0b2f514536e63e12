# An image that holds the program and a directory for temporary files. make dist lays out what it is
# made of; then, in dist: docker build --platform linux/amd64 -t mtpipe .
# Certificates and time zones are those of the host: -v /etc/ssl/certs:/etc/ssl/certs:ro
FROM scratch
ARG TARGETARCH
COPY image/${TARGETARCH}/ /
WORKDIR /work
ENTRYPOINT ["/usr/bin/mtpipe"]
