/** A plate in Arabic digits is the same truck as in western ones: trucks registered so before get the western plate as another one. */
export const westernDigits = `
insert into trucks (id, truck_key, alias_of, created_at)
  select translate(id, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'),
         translate(truck_key, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'), coalesce(alias_of, truck_key), created_at
    from trucks
   where truck_key ~ '[٠-٩۰-۹]'
  on conflict do nothing;
`;
