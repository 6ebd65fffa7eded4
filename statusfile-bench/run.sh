#!/usr/bin/env bash
# Measures on tmpfs and, as root, on ext4, xfs and btrfs, and writes docs/performance.{md,svg}.
#
#     statusfile-bench/run.sh            # about half an hour, on a quiet machine
#     statusfile-bench/run.sh --quick    # some minutes: does it work?
#
# BENCH_ON names the file systems, by default all of them; their images lie in BENCH_IMAGES, by
# default /var/tmp. What is given goes to the benchmarks: the names of experiments, too. With
# BENCH_OUT the figures stay in that directory, and a run of a part adds to those that are there.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { printf 'skipped: %s\n' "$*"; }
is_root=$([ "$(id -u)" = 0 ] && echo yes || echo no)
images=$(mktemp -d "${BENCH_IMAGES:-/var/tmp}/statusfile-bench.XXXXXX")
figures=$(realpath -m "${BENCH_OUT:-$images/figures}")
mounted=$images/mounted
memory=''
mkdir -p "$figures" "$mounted"
clean_up() {
    if mountpoint -q "$mounted"; then umount "$mounted"; fi
    rm -rf "$images" "$memory"
}
trap clean_up EXIT

measure_in() {
    printf '\n== %s\n' "$1"
    BENCH_DIR=$1 BENCH_OUT=$figures cargo bench --quiet -p statusfile-bench -- "${@:2}"
}

measure_in_memory() {
    if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ]; then
        memory=$(mktemp -d /dev/shm/statusfile-bench.XXXXXX)
        measure_in "$memory" "$@"
    else
        skip "tmpfs: there is none at /dev/shm"
    fi
}

# A file system of its own on a loop device, which goes with the mount.
measure_on() {
    local kind=$1 image=$images/$1.img options=(-q)
    shift
    if [ "$is_root" = no ]; then skip "$kind: only root may mount it"; return; fi
    if ! command -v "mkfs.$kind" >/dev/null; then skip "$kind: there is no mkfs.$kind"; return; fi
    # Else the kernel goes on making it while others are timed.
    if [ "$kind" = ext4 ]; then options+=(-E "lazy_itable_init=0,lazy_journal_init=0"); fi
    truncate -s 8G "$image"
    "mkfs.$kind" "${options[@]}" "$image"
    if ! mount -o loop,noatime "$image" "$mounted"; then skip "$kind: it cannot be mounted here"; return; fi
    measure_in "$mounted" "$@"
    umount "$mounted"
    rm "$image"
}

# A small program on one of two crates, and the time that it takes to build it from nothing.
write_program() {
    local name=$1 dependency=$2
    mkdir -p "$images/$name/src"
    cp Cargo.lock "$images/$name" # the same versions for both
    cat >"$images/$name/Cargo.toml" <<TOML
[package]
name = "program"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
serde = { version = "1", features = ["derive"] }
$name = $dependency
TOML
    cat >"$images/$name/src/main.rs"
    (cd "$images/$name" && cargo fetch --quiet)
}
build() {
    local start=$EPOCHREALTIME
    rm -rf "$images/$1/target"
    (cd "$images/$1" && CARGO_TARGET_DIR=target cargo build --quiet --offline)
    awk "BEGIN { print $EPOCHREALTIME - $start }"
}
crates() {
    (cd "$images/$1" && cargo tree --offline -e normal,build --prefix none | sed 's/ (.*//' | sort -u | grep -vc '^program ')
}
measure_builds() {
    printf '\n== clean builds\n'
    write_program statusfile "{ path = \"$PWD\" }" <<'RUST'
use serde::{Deserialize, Serialize};
use statusfile::PersistentStatus;

#[derive(Serialize, Deserialize, Default, PersistentStatus)]
struct Settings {
    starts: u64,
}

fn main() -> Result<(), statusfile::Error> {
    let mut settings = Settings::load_or_default()?;
    settings.starts += 1;
    settings.save()
}
RUST
    write_program confy '"2"' <<'RUST'
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Default)]
struct Settings {
    starts: u64,
}

fn main() -> Result<(), confy::ConfyError> {
    let mut settings: Settings = confy::load("program", None)?;
    settings.starts += 1;
    confy::store("program", None, settings)
}
RUST
    local round name
    local -A seconds=()
    for round in 1 2 3; do
        for name in confy statusfile; do seconds[$name]+="$(build "$name") "; done
    done
    for name in confy statusfile; do
        printf '\tbuild\tclean build\tseconds\t%s\t%s\n' "$name" "${seconds[$name]}"
        printf '\tbuild\tcrates\tcount\t%s\t%s\n' "$name" "$(crates "$name")"
    done | tee "$figures/build.tsv"
}

describe_machine() {
    local of_images
    of_images=$(findmnt -n -o FSTYPE,SOURCE -T "$images" | tr -s ' ' ' ')
    cat <<MARKDOWN
- $(date -u +%F), commit $(git rev-parse --short HEAD)
- Linux $(uname -r), $(nproc) × $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), \
$(awk '/MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)
- $(rustc --version)
- load average before the first run: $(cut -d ' ' -f 1-3 /proc/loadavg)
- ext4, xfs and btrfs as mkfs makes them, mounted with noatime, on loop devices whose images lie on $of_images
MARKDOWN
}

describe_machine >"$figures/machine.md" # before the compiler adds to the load
cargo bench --quiet -p statusfile-bench --no-run
for kind in ${BENCH_ON:-tmpfs ext4 xfs btrfs}; do
    if [ "$kind" = tmpfs ]; then measure_in_memory "$@"; else measure_on "$kind" "$@"; fi
done
measure_builds

printf '\n== docs/performance.md\n'
cargo run --quiet -p statusfile-bench --bin report -- "$figures" docs/performance.md
