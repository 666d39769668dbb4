#!/usr/bin/env bash
# Installs what the tests start and draw with: Redis, PostgreSQL, nginx, three browsers, a screen in
# memory, the words' compiler and the scripts' fonts. Needs root or sudo and Debian's package
# manager; elsewhere it only says what is missing, and the tests that need it fail.
set -euo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
command -v chromium >/dev/null || missing+=(chromium)
command -v firefox-esr >/dev/null || missing+=(firefox-esr)
command -v WebKitWebDriver >/dev/null || missing+=(webkit2gtk-driver)
command -v Xvfb >/dev/null || missing+=(xvfb) # WebKitGTK has no mode without a screen
command -v systemd-analyze >/dev/null || missing+=(systemd) # reads the units that docs/deployment ships
command -v msgfmt >/dev/null || missing+=(gettext)
command -v pg_ctl >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/pg_ctl" >/dev/null || missing+=(postgresql)
# Tamil, Thai and Vietnamese in one package (12 MB), Chinese in a small one (2 MB).
compgen -G "/usr/share/fonts/truetype/noto/NotoSansTamil-*" >/dev/null || missing+=(fonts-noto-core)
compgen -G "/usr/share/fonts/opentype/noto/NotoSansCJK-*" >/dev/null ||
    compgen -G "/usr/share/fonts/truetype/wqy/wqy-microhei.*" >/dev/null || missing+=(fonts-wqy-microhei)
# Chromium without a window, where the system has it apart (Debian does): half the processor time.
shell_to_have() {
    ! command -v chromium-headless-shell >/dev/null &&
        apt-cache show chromium-headless-shell >/dev/null 2>&1
}
shell_to_have && missing+=(chromium-headless-shell)
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing for the tests: ${missing[*]}"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
if ! command -v apt-get >/dev/null; then
    echo "No apt-get here: please install ${missing[*]} by hand." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
[[ " ${missing[*]} " == *" chromium-headless-shell "* ]] || ! shell_to_have || missing+=(chromium-headless-shell)
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
