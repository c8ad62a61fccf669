/** What the device signed for each entry: its place in the chain. Null for entries from before devices signed. */
export const entrySignatures = `
alter table journal_entries add column signature text;
`;
