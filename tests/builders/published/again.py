# The same models with other software, from the same rows.
# %%
import numpy as np
import pandas as pd
from lifelines import CoxPHFitter


def cox(name, frame, time, event):
    fit = CoxPHFitter().fit(frame, time, event)
    estimates = fit.params_.rename_axis("term").rename("estimate").reset_index()
    return estimates.assign(data=name)[["data", "term", "estimate"]]


# %%
kidney = pd.read_csv("kidney.csv")
for disease in ("GN", "AN", "PKD"):
    kidney[f"disease{disease}"] = (kidney["disease"] == disease).astype(float)
kidney = kidney[
    ["time", "status", "age", "sex", "diseaseGN", "diseaseAN", "diseasePKD"]
]
# %%
pbc = pd.read_csv("pbc.csv")
pbc = pbc.assign(
    died=(pbc["status"] == 2).astype(int),
    **{f"log({name})": np.log(pbc[name]) for name in ("bili", "protime", "albumin")},
)[["time", "died", "age", "edema", "log(bili)", "log(protime)", "log(albumin)"]]
pbc = pbc.dropna()
f"{len(pbc)} persons, {pbc['died'].sum()} deaths"
# %%
again = pd.concat(
    [cox("kidney", kidney, "time", "status"), cox("pbc", pbc, "time", "died")]
)
again.to_csv("again.csv", index=False)
known = pd.read_csv("estimates.csv").merge(again, on=["data", "term"])
known["apart"] = (known["estimate_x"] - known["estimate_y"]).abs()
known.round(4)
