# A node that runs is ended early: the run goes on with what there is, as the result of the steps it
# went; with that number it is in the store, with the old one it would run again.
cat >p.yaml <<'YAML'
atomloom: 1
nodes:
  slow: {op: test.steps, params: {steps: 1000, seconds: 0.05}}
  wait: {op: test.sum, params: {seconds: 0.3}}
  sum: {op: test.sum, in: {terms: [slow.number]}, params: {add: 0.5}}
outputs: {sum: sum.sum, wait: wait.sum}
YAML
atomloom finish p.yaml slow 2>&1 | grep -v hint
atomloom finish p.yaml slwo
atomloom run p.yaml --quiet >run.out 2>run.err &

sleep 1
atomloom finish p.yaml sum
atomloom finish p.yaml slow
wait
sed -E 's/[0-9]+ steps/N steps/; s/steps: [0-9]+/steps: N/' run.err
n=$(sed -nE "s/.*'steps: ([0-9]+)'.*/\1/p" run.err)
[ "$n" -gt 0 ] && [ "$n" -lt 1000 ] && echo "a number between"
atomloom get p.yaml sum --set slow.steps="$n" -o - --format json | grep -q "$n.5" && echo "the sum of it"
atomloom plan p.yaml --set slow.steps="$n" | grep -c cached
atomloom plan p.yaml | grep 'slow' | sed -E "s/steps [0-9]+/steps N/; s/ \(about.*//"
