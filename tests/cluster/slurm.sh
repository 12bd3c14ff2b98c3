#!/usr/bin/env bash
# The same with a real Slurm:  slurm.sh BUILD_DIR
# ATOMLOOM_SLURM_TOOL is a script that starts and stops one on this machine (`start`, `stop`), with its state in $SLURM_CI_DIR, which
# holds slurm.conf and slurmctld.pid while it runs, and its ports in SLURM_CI_CTLD_PORT and SLURM_CI_D_PORT. Without it, or where it
# cannot start one, this test is skipped.
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "skipped: $1"; exit 77; }
tool=${ATOMLOOM_SLURM_TOOL:-}
[ -n "$tool" ] || skip "ATOMLOOM_SLURM_TOOL does not name a script that starts a Slurm for tests"
[ -f "$tool" ] || skip "ATOMLOOM_SLURM_TOOL=$tool is no file"
command -v sbatch >/dev/null || skip "there is no sbatch (packages slurm-wlm and munge)"
. "$here/common.sh"
export SLURM_CI_DIR=/run/atomloom-slurm.$$ SLURM_CI_CTLD_PORT=$((20000 + $$ % 20000)) SLURM_CI_D_PORT=$((20001 + $$ % 20000))
export SLURM_CONF=$SLURM_CI_DIR/slurm.conf
trap 'bash "$tool" stop >/dev/null 2>&1; rm -rf "$work" "$SLURM_CI_DIR"' EXIT
bash "$tool" start >start.log 2>&1 || { cat start.log; skip "$tool did not start a Slurm"; }
queue() { squeue --noheader --array --states="$1" --format=%j; }
has() { queue "$1" | grep -q "$2"; }
tasks() { queue all | grep -c "^atomloom-"; }
slurm() { timeout 200 atomloom run "$@" --executor slurm --json; }

sums 12 0.2 >sums.yaml
atomloom run sums.yaml --store local --json >local.json 2>/dev/null
slurm sums.yaml --store plain >out.json 2>err
is "the digest is the one of a local run" "$(total out.json)" "$(total local.json)"
is "nothing is left of the bundles" "$(left plain)" 0

before=$(tasks)
sums 40 0.7 >slow.yaml
for k in 1 2 3 4 5; do
  atomloom run slow.yaml --store killed --executor slurm --quiet >/dev/null 2>&1 &
  sleep 0.$((RANDOM % 9))
  [ $k = 1 ] && until_there has RUNNING atomloom
  kill -KILL $!
  wait $! 2>/dev/null
done
slurm slow.yaml --store killed >out.json 2>err
check "a run that was killed five times comes to its end" test -n "$(total out.json)"
is "no job is submitted twice" "$(($(tasks) - before))" 41

sbatch --job-name=mine --output=/dev/null --wrap 'sleep 300' >/dev/null
until_there has RUNNING mine
atomloom run slow.yaml --store interrupted --executor slurm --quiet >/dev/null 2>&1 &
until_there has RUNNING atomloom
kill -INT $!
wait $!
is "an interrupt ends the run" "$?" 130
gone() { ! has PENDING,RUNNING,COMPLETING atomloom; }
check "its jobs are cancelled" until_there gone
check "no other one is" has RUNNING mine
scancel --name=mine

echo "slurm: {memory: 256 MiB}" >profile.yaml
echo "atomloom: 1
nodes: {n: {op: test.misbehave, params: {how: malloc, mebibytes: 500}}}" >big.yaml
slurm big.yaml --store memory --profile profile.yaml >out.json 2>err
is "out of memory is tried with more" "$(done_in out.json)" 1

slurm slow.yaml --store away >out.json 2>err &
until_there has RUNNING atomloom
kill "$(cat "$SLURM_CI_DIR/slurmctld.pid")"
sleep 4
slurmctld -f "$SLURM_CONF"
wait $!
check "a controller that is away for a while costs nothing" test -n "$(total out.json)"
exit $bad
