# Sourced by ./run and ./test: installs what is missing and builds. Not a program.
#
#   need_packages build|test      the Debian packages for it, named before they are installed
#   build TESTS TARGET...         configures build/ once and builds; TESTS is ON or OFF

packages_build="g++ cmake ninja-build ccache pkg-config libboost1.81-dev libboost-json1.81-dev libsimdjson-dev
 libssl-dev libcurl4-openssl-dev libpugixml-dev libyaml-cpp-dev libcli11-dev libre2-dev ca-certificates"
packages_test="libgtest-dev libgmock-dev libbenchmark-dev clang libclang-rt-14-dev python3 python3-requests python3-websocket
 python3-lxml python3-dateutil curl chromium ansible nodejs node-ws wrk"

need_packages() {
  local wanted=$packages_build missing=""
  [ "$1" = test ] && wanted="$packages_build $packages_test"
  for package in $wanted; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  local as_root=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "These Debian packages are missing and this user may not install them:$missing" >&2
      echo "Install them as root:  apt-get install --no-install-recommends$missing" >&2
      exit 1
    }
    as_root=sudo
  fi
  echo "Installing Debian packages:" $missing >&2
  local log
  log=$(mktemp)
  { $as_root apt-get update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    echo "The packages could not be installed; the whole log is in $log" >&2
    exit 1
  }
  rm -f "$log"
}

build() {
  local tests=$1
  shift
  if [ ! -f build/build.ninja ] || { [ "$tests" = ON ] && ! grep -q '^ACI_TESTS:BOOL=ON' build/CMakeCache.txt; }; then
    echo "Configuring build/ ..." >&2
    cmake --preset release -DACI_TESTS="$tests" >build.log 2>&1 || { cat build.log >&2; exit 1; }
    rm -f build.log
  fi
  # Ninja's own progress on a terminal, only what went wrong elsewhere.
  if [ -t 2 ]; then
    ninja -C build "$@" >&2
  else
    echo "Building ..." >&2
    ninja -C build --quiet "$@" | { grep -v 'no work to do' >&2 || true; }  # pipefail keeps ninja's status
  fi
}
