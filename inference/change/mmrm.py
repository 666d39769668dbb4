"""The script for a mixed model of repeated measures (MMRM) in R, over the long file of an export.

A model of the maximum likelihood over all visits at once leans on less than one visit by itself
where scores are missing. It is the statistician's: the script is given, not its results, and it
says nothing of anybody, so that the blind and the unblinded take out the same one.
"""

import json
from collections.abc import Sequence

from inference.change.figures.ancova import SMALL
from inference.change.services.subjects import Column
from studies.randomisation.factors import RANGES, Factor, bounds

# Columns of the long file that the script reads; a test holds them against the file's own.
READS = (
    "study_id", "site_id", "participant_id", "arm", "enrolled_on", "visit", "repeat", "view",
    "region", "condition", "severity", "model_sha256", "is_current", "year_of_birth", "sex",
    "ethnicity", "fitzpatrick", "monk_tone",
)  # fmt: skip

_HEAD = """\
# Mixed model for repeated measures (MMRM): change in severity from the first visit.
# Study {study}: {condition}, {region}, {view} view.
#
# Reads the long file of the export page, taken out with these choices:
#   "Current scores only", "Sex, age and skin tone in the long file", comma and decimal point.
# Needs the packages mmrm and emmeans; without mmrm, nlme fits nearly the same model.
# The product does not run this script: read it, change it, and say in your report what you changed.

long_file <- {file}
against   <- {against}  # the arm that others are compared with; "" takes the first

long <- read.csv(long_file, fileEncoding = "UTF-8-BOM", check.names = FALSE,
                 colClasses = "character", na.strings = "")
visits <- c({visits})
first  <- visits[1]

# One row per person and visit: the scores that count, no repeats, no unscheduled visits.
keep <- long$study_id == {study_text} & long$condition == {condition_text} &
  long$region == {region_text} & long$view == {view_text} &
  long$is_current == "true" & long[["repeat"]] == "false" &
  long$visit %in% visits & !is.na(long$severity)
data <- long[which(keep), ]
data$severity <- as.numeric(data$severity)
stopifnot(!any(duplicated(data[c("participant_id", "visit")])))

# Change from the first visit; nobody's change is between two models.
base <- data[data$visit == first, c("participant_id", "severity", "model_sha256")]
names(base) <- c("participant_id", "baseline", "baseline_model")
data <- merge(data[data$visit != first, ], base, by = "participant_id")
data <- data[data$model_sha256 == data$baseline_model, ]
data$change <- data$severity - data$baseline
data$visit <- droplevels(factor(data$visit, levels = visits[-1]))

# Arms: once anybody has one, only who has one; empty for whoever may not know arms.
by_arm <- any(!is.na(data$arm))
if (by_arm) {{
  data <- data[!is.na(data$arm), ]
  data$arm <- factor(data$arm)
  if (nzchar(against)) data$arm <- relevel(data$arm, ref = against)
  by_arm <- nlevels(data$arm) > 1
}}

data$participant_id <- factor(data$participant_id)
data$time <- as.integer(data$visit)

# Strata. Of what the randomisation kept, the levels follow from the values in the file: somebody
# whose details were corrected since may be in another level than when the arm was given.
band <- function(x, low, high, label) {{
  found <- rep("not known", length(x))
  for (k in seq_along(low)) found[!is.na(x) & x >= low[k] & x <= high[k]] <- label[k]
  found
}}
pool <- function(x) {{  # levels with fewer than {small} people are put together
  x[is.na(x)] <- "not known"
  sizes <- table(x[!duplicated(data$participant_id)])
  rare <- names(sizes)[sizes < {small}]
  if (length(rare) > 1) x[x %in% rare] <- "others"
  factor(x)
}}
data$site <- pool(data$site_id)
strata <- "site"
"""

_TAIL = """\
strata <- strata[vapply(strata, function(name) nlevels(data[[name]]) > 1, logical(1))]
many <- nlevels(data$visit) > 1
terms <- c(if (many) "baseline * visit" else "baseline",
           if (by_arm) (if (many) "arm * visit" else "arm"), strata)
model <- paste("change ~", paste(terms, collapse = " + "))

if (!many) {
  fit <- lm(as.formula(model), data = data)
} else if (requireNamespace("mmrm", quietly = TRUE)) {
  # Unstructured covariance with Kenward and Roger's degrees of freedom; the simpler structures,
  # in this order, only where it does not converge.
  fit <- NULL
  for (structure in c("us", "toeph", "ar1h", "csh")) {
    formula <- as.formula(paste0(model, " + ", structure, "(visit | participant_id)"))
    fit <- tryCatch(mmrm::mmrm(formula, data = data, reml = TRUE, method = "Kenward-Roger"),
                    error = function(problem) NULL)
    if (!is.null(fit)) break
  }
  if (is.null(fit)) stop("No covariance structure converged.")
  message("Covariance: ", structure)
} else {
  fit <- nlme::gls(as.formula(model), data = data, method = "REML",
                   correlation = nlme::corSymm(form = ~ time | participant_id),
                   weights = nlme::varIdent(form = ~ 1 | visit))
}
print(summary(fit))

# Adjusted means at each visit, strata in their shares, and differences from the first arm.
at <- if (by_arm && many) ~ arm | visit else if (by_arm) ~ arm else if (many) ~ visit else ~ 1
means <- emmeans::emmeans(fit, at, weights = "proportional")
print(summary(means, infer = TRUE))
if (by_arm) {
  print(summary(emmeans::contrast(means, "trt.vs.ctrl", ref = 1), infer = TRUE, adjust = "none"))
}
print(table(data$visit, if (by_arm) data$arm else rep("all", nrow(data))))
"""


def script(
    *,
    study: str,
    condition: str,
    region: str,
    view: str,
    visits: Sequence[Column],
    factors: Sequence[Factor],
    against: str = "",
) -> str:
    """The script for one condition, region and view, adjusted for site and ``factors``."""
    head = _HEAD.format(
        study=study,
        condition=condition,
        region=region,
        view=view,
        file=_text(f"{study}-long.csv"),
        against=_text(against),
        visits=", ".join(_text(visit.code) for visit in visits),
        study_text=_text(study),
        condition_text=_text(condition),
        region_text=_text(region),
        view_text=_text(view),
        small=SMALL,
    )
    return f"{head}{''.join(map(_stratum, factors))}{_TAIL}"


def _stratum(factor: Factor) -> str:
    name = factor.name
    if name not in RANGES:
        return f'data$s_{name} <- pool(data${name})\nstrata <- c(strata, "s_{name}")\n'
    value = f"as.numeric(data${name})"
    if name == "age":
        value = "as.numeric(substr(data$enrolled_on, 1, 4)) - as.numeric(data$year_of_birth)"
    ends = [bounds(name, level) for level in factor.levels]
    low = ", ".join(str(least) for least, _most in ends)
    high = ", ".join(str(most) for _least, most in ends)
    labels = ", ".join(map(_text, factor.levels))
    return (
        f"data$s_{name} <- pool(band({value},\n"
        f"  low = c({low}), high = c({high}), label = c({labels})))\n"
        f'strata <- c(strata, "s_{name}")\n'
    )


def _text(words: str) -> str:
    """A string of R."""
    return json.dumps(words, ensure_ascii=False)
