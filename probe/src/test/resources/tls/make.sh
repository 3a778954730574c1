#!/bin/sh
# Writes the certificates beside this file, for servers on 127.0.0.1 only; the password of every store is "password".
set -e
cd "$(dirname "$0")"
rm -f ./*.p12 ./*.pem
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 36500 -subj "/CN=$2" 2>/dev/null
}
server() { # name, authority, subject alternative names, begin and end (YYYYMMDDHHMMSSZ)
  openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=test server" 2>/dev/null
  printf 'subjectAltName=%s\n' "$3" >ext
  mkdir -p ca.tmp && : >ca.tmp/index && echo "0$4" | cut -c1-8 >ca.tmp/serial
  printf '[ca]\ndefault_ca=d\n[d]\ndir=ca.tmp\ndatabase=ca.tmp/index\nserial=ca.tmp/serial\nnew_certs_dir=ca.tmp\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >conf
  openssl ca -batch -notext -config conf -cert "$2.pem" -keyfile "$2.key" -in server.csr -out server.pem \
    -startdate "$4" -enddate "$5" -extfile ext 2>/dev/null
  openssl pkcs12 -export -in server.pem -inkey server.key -out "$1.p12" -passout pass:password
  rm -rf ca.tmp
}
authority authority "Test authority"
authority foreign "Foreign authority"
here=IP:127.0.0.1,DNS:localhost
server server authority "$here" 20200101000000Z 21200101000000Z
server expired authority "$here" 20200101000000Z 20210101000000Z
server elsewhere authority DNS:elsewhere.example.org 20200101000000Z 21200101000000Z
rm -f ./*.key server.pem server.csr ext conf
