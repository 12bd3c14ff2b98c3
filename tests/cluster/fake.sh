#!/usr/bin/env bash
# Properties of `run --executor slurm`, shown with programs that stand in for Slurm's (fake/):  fake.sh BUILD_DIR
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
trap 'end_jobs; rm -rf "$work"' EXIT
export PATH="$here/fake:$PATH"
fresh() { # a Slurm and a store of their own
  export FAKE_SLURM=$work/$1
  store=$work/$1/store
  mkdir -p "$FAKE_SLURM/jobs"
}
slurm() { timeout 100 atomloom run "$@" --store "$store" --executor slurm --json; }
start() { atomloom run "$@" --store "$store" --executor slurm --json >out.json 2>err & }
end_jobs() { scancel $(cd "$FAKE_SLURM/jobs" && ls); }
tasks() { find "$FAKE_SLURM/jobs" -name '[0-9]*_*' | wc -l; }
has_state() { grep -qs "^$1" "$FAKE_SLURM"/jobs/[0-9]*_*; }

sums 6 0 >sums.yaml
sums 6 1 >slow.yaml
atomloom run sums.yaml --store local --json >local.json 2>/dev/null
atomloom run slow.yaml --store local --json >slow.json 2>/dev/null

fresh plain
slurm sums.yaml >out.json 2>err
is "every action is executed" "$(done_in out.json)" 7
is "the digest is the one of a local run" "$(total out.json)" "$(total local.json)"
is "nothing is left of the bundles" "$(left "$store")" 0
is "what is ready together is one array" "$(grep -c -- --array=0-5 "$FAKE_SLURM/calls")" 1
slurm sums.yaml >out.json 2>err
is "nothing is computed twice" "$(done_in out.json)" 0

fresh bundles
sums 40 0 >wide.yaml
echo "slurm: {max_jobs: 4, threads: 2, partition: fast, account: group7, time: 7 min, memory: 300 MiB, sbatch: [--nice=5]}" >profile.yaml
slurm wide.yaml --profile profile.yaml >out.json 2>err
is "all of them are executed" "$(done_in out.json)" 41
is "max_jobs decides how many jobs there are" "$(grep -c -- --array=0-3 "$FAKE_SLURM/calls")" 1
check "the profile reaches sbatch" grep -q -- "--cpus-per-task=2 --time=7 .*--mem=512M --partition=fast --account=group7 --nice=5" \
  "$FAKE_SLURM/calls"

fresh killed
start slow.yaml
until_there has_state RUNNING
kill -KILL $!
wait $! 2>/dev/null
slurm slow.yaml >out.json 2>err
is "a run goes on where a killed one was" "$(total out.json)" "$(total slow.json)"
is "no job is submitted twice after a kill" "$(tasks)" 7
is "nothing is left of what was taken up" "$(left "$store")" 0
is "nor of the run that was killed" "$(find "$store/jobs" -mindepth 1 | wc -l)" 0

fresh late
touch "$FAKE_SLURM/late"
slurm sums.yaml >out.json 2>err
is "an answer that does not come costs nothing" "$(total out.json)" "$(total local.json)"
is "no job is submitted twice for lack of an answer" "$(tasks)" 7
check "the run says that it waits" grep -q '"event": "held".*timed out' out.json

fresh lost
printf '%s\n' NODE_FAIL run PREEMPTED run run run NODE_FAIL >"$FAKE_SLURM/next"
slurm sums.yaml >out.json 2>err
is "jobs that machines lose are begun again" "$(total out.json)" "$(total local.json)"
is "only those" "$(tasks)" 10
check "the run notes why" grep -q '"event": "note".*NODE_FAIL' out.json
check "and says so to people" grep -q '"event": "held".*(NODE_FAIL) without a result; its actions are begun again' out.json

fresh always
for k in 1 2 3 4 5 6 7 8; do echo NODE_FAIL; done >"$FAKE_SLURM/next"
echo "atomloom: 1
nodes: {n: {op: test.number}}" >one.yaml
slurm one.yaml >out.json 2>err
is "what is lost again and again fails" "$?" 1
check "with a reason of its own" grep -q '"outcome": "failed", "reason": "node"' out.json

fresh memory
echo OUT_OF_MEMORY >"$FAKE_SLURM/next"
slurm one.yaml --profile profile.yaml >out.json 2>err
is "out of memory is tried with more" "$(done_in out.json)" 1
check "with twice as much" grep -q -- "--mem=1024M" "$FAKE_SLURM/calls"
check "and the run says so" grep -q '"event": "held".*n ran out of memory in job 101_0 (it asked for 512 MiB); it is tried again with 1024' out.json
echo "atomloom: 1
nodes: {n: {op: test.number, params: {value: 5}, resources: {memory: 64 MiB}}}" >limited.yaml
echo OUT_OF_MEMORY >"$FAKE_SLURM/next"
slurm limited.yaml >out.json 2>err
check "but not beyond what the node allows itself" grep -q '"reason": "memory"' out.json

fresh time
echo TIMEOUT >"$FAKE_SLURM/next"
slurm one.yaml --profile profile.yaml >out.json 2>err
is "out of time is tried with more" "$(done_in out.json)" 1
check "with twice as much time" grep -q -- "--time=14 " "$FAKE_SLURM/calls"
check "and the run says so" grep -q '"event": "held".*101_0 was ended after 7 min, its time limit; n is tried again with 14 min' out.json

fresh cancelled
echo CANCELLED >"$FAKE_SLURM/next"
timeout 100 atomloom run one.yaml --store "$store" --executor slurm >out 2>err
check "who looks at a terminal reads who cancelled" grep -q "cancelled n: its job 101_0 was cancelled by somebody else; run again" err

fresh full
touch "$FAKE_SLURM/full"
start one.yaml
until_there grep -q '"event": "held"' out.json
rm "$FAKE_SLURM/full"
wait $!
is "a queue that is full is waited for" "$(done_in out.json)" 1
check "saying what can be done" grep -q '"event": "held".*AssocMaxSubmitJobLimit; Batch job.*smaller max_jobs' out.json

fresh down
start slow.yaml
until_there has_state RUNNING
touch "$FAKE_SLURM/down"
sleep 3
rm "$FAKE_SLURM/down"
touch "$FAKE_SLURM/garble"
sleep 2
rm "$FAKE_SLURM/garble"
wait $!
is "a controller that is away for a while costs nothing" "$(total out.json)" "$(total slow.json)"
check "the run says so" grep -q '"event": "held".*Unable to contact' out.json
is "no job is submitted twice meanwhile" "$(tasks)" 7

fresh forget
touch "$FAKE_SLURM/forget"
echo CANCELLED >"$FAKE_SLURM/next"
slurm one.yaml >out.json 2>err
check "what the queue has forgotten is asked of sacct" test -s "$FAKE_SLURM/asked"
check "whose word counts" grep -q '"reason": "cancelled"' out.json

fresh refused
touch "$FAKE_SLURM/refuse"
slurm one.yaml >out.json 2>err
is "a refused job is a failure" "$?" 1
check "in the words of sbatch" grep -q 'sbatch refused the job: invalid partition specified: nowhere' out.json

fresh interrupted
echo "RUNNING|None|mine" >"$FAKE_SLURM/jobs/55_0"
start slow.yaml
until_there has_state "RUNNING.*atomloom"
kill -INT $!
wait $!
is "an interrupt ends the run" "$?" 130
is "its jobs are cancelled" "$(grep -l '^RUNNING.*atomloom' "$FAKE_SLURM"/jobs/[0-9]*_* | wc -l)" 0
check "no other one is" grep -q '^RUNNING' "$FAKE_SLURM/jobs/55_0"
is "and nothing is left in the store" "$(left "$store")" 0

fresh interrupted-down
sums 2 30 >long.yaml
start long.yaml
until_there has_state RUNNING
touch "$FAKE_SLURM/down"
kill -INT $!
wait $!
is "it ends where Slurm does not answer, too" "$?" 130
rm "$FAKE_SLURM/down"
end_jobs
check "saying which jobs may live on" grep -q '"event": "held".*may still run; scancel' out.json

# Names that a shell would act on.
fresh 'odd $(touch ran) '\''"; touch ran; %a %%'
slurm sums.yaml >out.json 2>err
is "paths are nothing but names" "$(total out.json)" "$(total local.json)"
check "and nothing ran that stood in one" test ! -e "$FAKE_SLURM/ran" -a ! -e ran

mkdir nothing && ln -s "$(command -v atomloom)" nothing/atomloom
PATH=$work/nothing atomloom run sums.yaml --store none --executor slurm >out 2>err
is "without Slurm the run ends" "$?" 3
check "and says what is missing" grep -q "the program 'squeue' of Slurm is not in PATH" err
ln -s "$here/fake/squeue" nothing/squeue
PATH=$work/nothing atomloom run sums.yaml --store none --executor slurm >out 2>err
is "also where only some of it is there" "$(grep -c "the program 'sbatch' of Slurm is not in PATH" err)" 1
exit $bad
