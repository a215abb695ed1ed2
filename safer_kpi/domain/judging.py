"""The thresholds of a verdict: when two numbers differ by more than chance, and when a series gives a signal.

The rules of an XmR chart are those of NHS England's *Making Data Count* ("Plot the dots"), as the R package
NHSRplotthedots 0.2.2 computes them. ``docs/verdicts.md`` explains each rule and threshold.
"""

#: A difference with a smaller p counts as one. One in twenty comparisons of unchanged numbers has such a p, too.
ALPHA = 0.05
#: Two periods with fewer events than this together are not compared: see ``docs/verdicts.md``.
FEWEST_EVENTS = 10
#: Each of the four cells of two proportions needs this many expected (W. G. Cochran, 1954, Biometrics 10: 417-451).
FEWEST_EXPECTED = 5
#: Probabilities this much above the observed one still count as no greater: the tolerance of R's ``binom.test``.
TIES = 1 + 1e-7

#: Mean moving ranges from the mean to a limit: three sigma, where a sigma is the mean moving range over d2 = 1.128.
LIMIT = 2.66
#: Consecutive points that make a trend or a shift.
RUN = 7
#: A series with fewer points has no limits; of a longer one, the latest two years set them.
FEWEST_POINTS, MOST_POINTS = 13, 24
#: A series with fewer events a period on average is not judged: two sigma below a Poisson mean of 4 is 0, and no count
#: is lower.
FEWEST_A_PERIOD = 5
#: Differences from the mean below this part of it come from adding floating-point numbers.
ROUNDING = 1e-9
