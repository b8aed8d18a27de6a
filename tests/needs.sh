#!/usr/bin/env bash
# Installs what the tests need beyond Python, where it can: bubblewrap for the box, Chromium for the site, npm for the
# browser's Python, PostgreSQL.
set -u
wanted=()
command -v bwrap > /dev/null || wanted+=(bubblewrap)
command -v chromium > /dev/null || command -v google-chrome > /dev/null || wanted+=(chromium)
command -v npm > /dev/null || wanted+=(npm)
compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || wanted+=(postgresql)
[ ${#wanted[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${wanted[@]}" > /dev/null
else
    echo "not installed: ${wanted[*]}; the tests that need them will be skipped (or fail where CI=true)"
fi
