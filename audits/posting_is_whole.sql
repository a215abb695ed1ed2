AUDIT (
  name posting_is_whole
);

/* A posting is never nothing, lies on the first of a month, and its rows make its amount. */
SELECT metric_id, area_code, month, entry
FROM @this_model
WHERE amount = 0
  OR EXTRACT(DAY FROM month) <> 1
  OR amount <> LIST_SUM(LIST_TRANSFORM(evidence, e -> e.weight))
  OR posted_on <> CAST(posted_at AS DATE)
