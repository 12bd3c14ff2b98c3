"""@id@ - every voxel times a factor. Replace this line, and what follows, with your method."""
import numpy as np

from atomloom_op import Call, Value

call = Call()
volume = call.input("volume")
# what the op does not change is passed on: voxel size, origin, what else there is
out = Value("volume", like=volume)
out["density"] = volume["density"] * np.float32(call.params["factor"])
call.write("volume", out)
