"""Real photographs in training: the generator's conditions painted on people who have none of them.

    folder = Photographs(Path("faces"))                # people.csv, neutral/, smiling/
    face = locate(folder.read(folder.of("train")[0]))  # registered on the chart by its landmarks
    painted = paint(face, {"melasma": 0.7}, seed=3)    # uint8, and how much lies where

`build` makes pairs of crops for training, `sheet` a sheet to judge the paint by eye, `report` the
figures on people never trained on. No photograph, and nothing that shows a person, is kept in the
repository: only the ids of the split (`people.json`).
"""
