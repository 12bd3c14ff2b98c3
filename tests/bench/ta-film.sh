#!/usr/bin/env bash
# what: R-factor of our volume of the tantalum film beside that of the published volume, under one projector and the same images
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data ta_film/angles.mat

pipeline=$ATOMLOOM_SOURCE/pipelines/ta-film.yaml
"$atomloom" run "$pipeline" --var data="$ATOMLOOM_TEST_DATA" > run.txt || { tail -n 5 run.txt >&2; exit 1; }
for output in score published_score likeness; do
  "$atomloom" get "$pipeline" "$output" -o "$output.csv" --var data="$ATOMLOOM_TEST_DATA" > /dev/null || exit 1
done
for r in r1_mean r2_mean r1_pooled r2_pooled; do
  if [ "$r" = r1_mean ]; then figure $r "$(column score.csv $r)" ratio '<=' "$(column published_score.csv $r)"
  else note $r "$(column score.csv $r)" ratio; fi
  note "published_$r" "$(column published_score.csv $r)" ratio
done
note correlation "$(column likeness.csv correlation)" ratio
exit $short
