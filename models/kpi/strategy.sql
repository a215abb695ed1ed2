MODEL (
  name kpi.strategy,
  kind VIEW,
  owner analytics,
  grain (
    kpi
  ),
  description 'One KPI of the strategy in its own words, or one measure that an action plan adds.',
  audits (
    not_null(columns := (place, kpi, words))
  )
);

SELECT
  place::INT AS place, /* Place in the order of the strategy, from 1; measures of action plans come last */
  kpi::TEXT AS kpi, /* Lettered line of the strategy, such as 1a, or the code of a measure */
  kind::TEXT AS kind, /* kpi, or measure for one that an action plan adds */
  priority::TEXT AS priority, /* Priority above it, in the words of the strategy */
  words::TEXT AS words, /* What it asks for, in the words of the strategy or the action plan */
  direction::TEXT AS direction, /* increase, decrease, or both where its parts ask for opposite directions */
  explanation::TEXT AS explanation, /* Why, where the direction surprises or one number has two uses; else none */
  headlines::TEXT[] AS headlines, /* Metrics that stand for it, in order */
  wanted::TEXT[] AS wanted, /* Direction that is asked of each of these metrics, in the same order */
  data::TEXT AS data, /* What a partner would have to supply to measure it */
  asked_from::TEXT AS asked_from, /* Who is asked for that */
  plan::TEXT AS plan, /* Action plan that adds a measure; none for a KPI */
  document::TEXT AS document, /* Title, body and date of the strategy */
  paragraph::TEXT AS paragraph /* Paragraph of the document that holds the words; none for a measure */
FROM journal.strategy
