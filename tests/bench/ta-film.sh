#!/usr/bin/env bash
# what: R-factor of our volume of the tantalum film beside that of the published volume, under one projector and the same images
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data ta_film/angles.mat

pipeline=$ATOMLOOM_SOURCE/pipelines/ta-film.yaml

# film AREA BOX: our volume and the published one, both cut to the published box (rays leave it at its sides, so R is mostly what is cut off)
film() {
  local data=(--var data="$ATOMLOOM_TEST_DATA" --var area="$1" --var "box=$2") published
  "$atomloom" run "$pipeline" "${data[@]}" > run.txt || { tail -n 5 run.txt >&2; exit 1; }
  for output in score inner_score published_score likeness; do
    "$atomloom" get "$pipeline" "$output" -o "$output.csv" "${data[@]}" > get.txt 2>&1 || { cat get.txt >&2; exit 1; }
  done
  published=$(column published_score.csv r1_mean)
  note "area$1_r1_mean_published" "$published" ratio
  figure "area$1_r1_mean_same_box" "$(column inner_score.csv r1_mean)" ratio '<=' "$published"
  figure "area$1_correlation_with_published" "$(column likeness.csv correlation)" ratio '>=' 0.97
  note "area$1_r1_mean_all_that_rays_meet" "$(column score.csv r1_mean)" ratio
  note "area$1_r2_mean_same_box" "$(column inner_score.csv r2_mean)" ratio
  note "area$1_r2_mean_published" "$(column published_score.csv r2_mean)" ratio
}

film 29 '[151, 77, 151]'
film 1 '[131, 61, 131]'
exit $short
