"""The thresholds of a verdict: when two numbers differ by more than chance, and when a series shows a signal.

The rules of an XmR chart are those of NHS England's *Making Data Count* ("Plot the dots"), as the R package
NHSRplotthedots 0.2.2 computes them. ``docs/explanation/verdicts.md`` explains each rule and threshold.
"""

#: A difference with a smaller p is significant. One in twenty comparisons of unchanged numbers also has such a p.
ALPHA = 0.05
#: Two periods that have fewer events together are not compared: see ``docs/explanation/verdicts.md``.
FEWEST_EVENTS = 10
#: The least expected count in each of the four cells of two proportions (W. G. Cochran, 1954, Biometrics 10: 417-451).
FEWEST_EXPECTED = 5
#: A probability up to this factor above the observed one counts as equal: the tolerance of R's ``binom.test``.
TIES = 1 + 1e-7

#: Distance from the mean to a limit in mean moving ranges: three sigma, where sigma is the mean moving range / 1.128.
LIMIT = 2.66
#: Number of consecutive points that form a trend or a shift.
RUN = 7
#: A shorter series has no limits; in a longer one, the latest two years set the limits.
FEWEST_POINTS, MOST_POINTS = 13, 24
#: A series with fewer events per period on average is not judged: two sigma below a Poisson mean of 4 is already 0.
FEWEST_A_PERIOD = 5
#: Differences from the mean below this share of the mean are floating-point rounding.
ROUNDING = 1e-9
