#!/usr/bin/env bash
# what: what runs again in a chain of 3 after a touch, an edit without effect, a deleted intermediate, a changed last parameter
. "$(dirname "$0")/common.sh"
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
cat >p.yaml <<'YAML'
atomloom: 1
nodes:
  n1: {op: test.number, params: {value: 2, file: input.txt}}
  n2: {op: test.sum, in: {terms: n1.number}, params: {add: 1}}
  n3: {op: test.sum, in: {terms: n2.sum}, params: {add: 2}}
outputs: {n3: n3.sum}
YAML
# How many actions a run executes.
executed() { "$atomloom" run p.yaml --json "$@" 2>/dev/null | grep '"event": "end"' | sed 's/.*"done": \([0-9]*\).*/\1/'; }

echo one >input.txt
figure first "$(executed)" actions == 3
figure again "$(executed)" actions == 0
touch -d '2001-01-01' input.txt
figure touched_input "$(executed)" actions == 0
mv input.txt other.txt && sed 's/input.txt/.\/other.txt/; s/value: 2/value: 2.0e0/; s/^nodes/# a comment\nnodes/' p.yaml >q.yaml && mv q.yaml p.yaml
figure moved_and_respelt "$(executed)" actions == 0
echo two >other.txt
figure edit_with_same_output "$(executed)" actions == 1
# Every object but the wanted one: none of them is needed.
wanted=$("$atomloom" run p.yaml --json 2>/dev/null | grep '"event": "outputs"' | sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/')
find "$ATOMLOOM_STORE/objects" -type f | grep -v "${wanted:4}" | xargs rm -f
figure deleted_intermediates "$(executed)" actions == 0
figure deleted_and_needed "$(executed --set n3.add=3)" actions == 3
figure changed_last_parameter "$(executed --set n3.add=4)" actions == 1
exit $short
