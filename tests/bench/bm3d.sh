#!/usr/bin/env bash
# what: BM3D on a photograph with normal noise and on a synthetic STEM image with counts: PSNR, processor time, the choice of `auto` on four images
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data denoise/camera512_u8.npy
"$ATOMLOOM_BUILD/bin/bench.bm3d" "$ATOMLOOM_TEST_DATA/denoise" > out.txt 2> notes.txt || { cat notes.txt >&2; exit 1; }
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
figure camera_standard "$(value camera_standard)" dB '>=' 29.9
note camera_aet "$(value camera_aet)" dB
figure camera_cpu "$(value camera_cpu)" s '<=' 2.5
figure ratio "$(value ratio)" x '<=' 3
note ratio_search "$(value ratio_search)" x
figure to_aet "$(value to_aet)" dB '>=' 37.0
note to_standard "$(value to_standard)" dB
figure counts_kept "$(value to_total)" relative '<=' 0.005
for image in camera25 camera10 to to_normal; do figure "auto_$image" "$(value "auto_$image")" dB '<=' 0.1; done
exit $short
