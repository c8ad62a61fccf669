/** The currency of a rate; null for one set before this, which is in the currency that the cloud is set to. */
export const rateCurrency = `
alter table rates add column currency text check (currency ~ '^[A-Z]{3}$');
update rates set currency = said.body::json ->> 'currency'
  from (select distinct on (row_id) row_id, body
          from master_data_changes
         where entity = 'rate' and body is not null
         order by row_id, revision desc) said
 where said.row_id = rates.id::text;
`;
