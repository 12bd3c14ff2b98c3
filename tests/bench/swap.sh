# what: swapping the reconstruction by one word runs only what lies downstream of it; a second run of any pipeline runs nothing
source "$ATOMLOOM_SOURCE/tests/bench/common.sh"
pipeline=$ATOMLOOM_SOURCE/pipelines/quickstart.yaml

# actions FILE: how many actions a run with --json executed;  nodes FILE: of which nodes
actions() { grep '"event": "finished"' "$1" | grep -c '"outcome": "done"'; }
nodes() { grep '"event": "finished"' "$1" | grep '"outcome": "done"' | sed 's/.*"node": "\([^"]*\)".*/\1/' | sort -u; }

"$atomloom" run "$pipeline" --json >first 2>errors || { cat errors >&2; exit 1; }
"$atomloom" run "$pipeline" --json >second 2>errors
"$atomloom" run "$pipeline" --set recon.op=reconstruct.sirt --json >swapped 2>errors
figure swap_exit_status $? - '==' 0
figure upstream_nodes_run_again "$(nodes swapped | grep -cxE 'particle|anneal|series|denoise|true_surface|true_fick')" nodes '==' 0
figure downstream_nodes_run "$(nodes swapped | grep -cxE 'recon|trace|classify|compare')" nodes '==' 4
"$atomloom" run "$pipeline" --json >back 2>errors
figure back_again_actions "$(actions back)" actions '==' 0
figure second_run_quickstart_actions "$(actions second)" actions '==' 0
for name in asi208 ta-film; do
  [ -e "$ATOMLOOM_TEST_DATA/${name/-/_}" ] || continue
  "$atomloom" run "$ATOMLOOM_SOURCE/pipelines/$name.yaml" --var data="$ATOMLOOM_TEST_DATA" --json >first 2>errors || { cat errors >&2; exit 1; }
  "$atomloom" run "$ATOMLOOM_SOURCE/pipelines/$name.yaml" --var data="$ATOMLOOM_TEST_DATA" --json >second 2>errors
  figure "second_run_${name}_actions" "$(actions second)" actions '==' 0
done
exit $short
