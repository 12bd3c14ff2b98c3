#!/usr/bin/env bash
# what: R-factor of our volume of the tantalum film beside that of the published volume, under one projector and the same images
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data ta_film/angles.mat

pipeline=$ATOMLOOM_SOURCE/pipelines/ta-film.yaml
"$atomloom" run "$pipeline" --var data="$ATOMLOOM_TEST_DATA" > run.txt || { tail -n 5 run.txt >&2; exit 1; }
for output in score inner_score published_score likeness; do
  "$atomloom" get "$pipeline" "$output" -o "$output.csv" --var data="$ATOMLOOM_TEST_DATA" > /dev/null || exit 1
done
published=$(column published_score.csv r1_mean)
note r1_mean_published "$published" ratio
figure r1_mean_same_box "$(column inner_score.csv r1_mean)" ratio '<=' "$published" # the box of the published volume: rays leave it at its sides
figure r1_mean "$(column score.csv r1_mean)" ratio '<=' "$published"                # all of the film that the rays meet
figure r1_pooled_same_box "$(column inner_score.csv r1_pooled)" ratio '<=' "$(column published_score.csv r1_pooled)"
note r2_mean_same_box "$(column inner_score.csv r2_mean)" ratio
note r2_mean_published "$(column published_score.csv r2_mean)" ratio
note correlation "$(column likeness.csv correlation)" ratio
exit $short
