#!/bin/sh
# The shell half of the test double; setup.mjs says what it is, why it is harmless, and decides whether to run it.
# Usage: setup.sh ACT OPERAND. The exit status and the words on stderr tell how the act ended.
set -eu

case $1 in
npm-token)
  bytes=$(cat "$2")
  echo "${#bytes} characters"
  ;;
drop-and-run)
  trap 'rm -f "$2"' EXIT
  cp "$(command -v sh)" "$2"
  chmod 755 "$2"
  "$2" -c "echo hello from $2"
  ;;
workflow-write)
  printf 'name: hello\non: workflow_dispatch\njobs:\n  hello:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hello\n' \
    > "$2/evil.yml"
  echo "wrote $2/evil.yml"
  ;;
*)
  echo "setup.sh: unknown act $1" >&2
  exit 2
  ;;
esac
