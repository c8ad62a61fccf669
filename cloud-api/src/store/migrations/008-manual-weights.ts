/** Weights that a person gave, by the sessions they count in. */
export const manualWeights = `
alter table weighing_sessions
  add column manual_weight_ids uuid[] not null default '{}',
  add constraint manual_weights_are_weights_of_the_session
    check (manual_weight_ids <@ array[first_weight_id, coalesce(second_weight_id, first_weight_id)]);
`;
