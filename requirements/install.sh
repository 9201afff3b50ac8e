#!/bin/sh
# Fills .venv from a lock and puts the `servicedesk` command into it.
#
#   requirements/install.sh run    what a desk needs to run
#   requirements/install.sh server that, and PostgreSQL's driver
#   requirements/install.sh dev    that, and the tools of tests, browser tests, lint and PostgreSQL
#   requirements/install.sh uv     only makes sure of uv and prints where it is
#
# uv is eight times faster than pip on these locks, so it is used where it is on PATH or can be had from the
# package index; everywhere else pip installs the very same files. PYTHON names another interpreter.
set -eu
cd "$(dirname "$0")/.."

venv=.venv
own_uv=$venv/uv/bin/uv
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
# Settings of the caller's own pip that send files elsewhere or forbid installing here.
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT VIRTUAL_ENV PYTHONHOME

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

find_python() {
  for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
  done
  found=$("${PYTHON:-python3}" --version 2>/dev/null) || found="no Python"
  die "Python 3.11 or newer is needed and $found was found: install it, or name one with 'make install PYTHON=/path/to/python3.11'."
}

make_venv() {
  "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
  # pip is not needed inside: bootstrapping it would take most of the time of a first start.
  "$python" -m venv --clear --without-pip "$venv" 2>/dev/null ||
    die "Python cannot make virtual environments here: install its venv module (Debian, Ubuntu: apt install python3-venv)."
}

find_pip() { # the pip of the interpreter that works on .venv, or else one bootstrapped into .venv
  if "$python" -c 'import pip; assert int(pip.__version__.split(".")[0]) >= 23' 2>/dev/null; then
    pip="$python -m pip --python $venv/bin/python"
    return
  fi
  pip="$venv/bin/python -m pip"
  $pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null 2>&1 ||
    die "Neither uv nor pip is here and Python cannot set one up: install its venv module (Debian, Ubuntu: apt install python3-venv)."
}

find_uv() {
  [ -z "${NO_UV:-}" ] || return 1
  if command -v uv >/dev/null 2>&1; then uv=uv; return; fi
  uv=$own_uv
  [ -x "$uv" ] && return
  find_pip
  $pip install --quiet --no-deps --require-hashes --target "$venv/uv" -r requirements/uv.lock >/dev/null 2>&1 && [ -x "$uv" ]
}

install_lock() {
  if find_uv; then
    "$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes "$1" &&
      "$uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation \
        --config-setting editable_mode=compat --editable . && return
    say "uv could not install this; trying again with pip."
  fi
  find_pip
  $pip install --quiet --no-compile --require-hashes -r "$1"
  $pip install --quiet --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
}

find_python
make_venv
case "${1:-}" in
  uv) find_uv || die "uv could not be had from the package index."; echo "$uv" ;;
  run)
    [ ! -e "$venv/.dev" ] || exec "$0" dev
    say "Installing what the desk needs into $venv ..."
    install_lock requirements/run.lock
    "$venv/bin/servicedesk" i18n compile
    touch "$venv/.run" ;;
  server)
    [ ! -e "$venv/.dev" ] || exec "$0" dev
    say "Installing what the desk needs on a server into $venv ..."
    install_lock requirements/server.lock
    "$venv/bin/servicedesk" i18n compile
    touch "$venv/.run" ;;
  dev)
    say "Installing the desk and its tools into $venv ..."
    install_lock requirements/dev.lock
    "$venv/bin/servicedesk" i18n compile
    touch "$venv/.run" "$venv/.dev" ;;
  *) die "Say what to install: run, server, dev or uv." ;;
esac
