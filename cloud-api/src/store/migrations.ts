import { journal } from './migrations/001-journal.ts';
import { registry } from './migrations/002-registry.ts';
import { weighings } from './migrations/003-weighings.ts';
import { ledger } from './migrations/004-ledger.ts';
import { billing } from './migrations/005-billing.ts';
import { idempotency } from './migrations/006-idempotency.ts';
import { desk } from './migrations/007-desk.ts';
import { manualWeights } from './migrations/008-manual-weights.ts';
import { shifts } from './migrations/009-shifts.ts';
import { entrySignatures } from './migrations/010-entry-signatures.ts';
import { chainTrust } from './migrations/011-chain-trust.ts';
import { storedEvidence } from './migrations/012-stored-evidence.ts';
import { enrolment } from './migrations/013-enrolment.ts';
import { masterData } from './migrations/015-master-data.ts';
import { registryValidity } from './migrations/016-registry-validity.ts';
import { presence } from './migrations/017-presence.ts';
import { completeness } from './migrations/018-completeness.ts';
import { remoteSettings } from './migrations/019-remote-settings.ts';
import { ticketNumbers } from './migrations/020-ticket-numbers.ts';
import { identity } from './migrations/030-identity.ts';
import { apiKeys } from './migrations/031-api-keys.ts';
import { rowVersions } from './migrations/034-row-versions.ts';
import { truckOwners } from './migrations/040-truck-owners.ts';
import { search } from './migrations/041-search.ts';
import { merges } from './migrations/042-merges.ts';
import { westernDigits } from './migrations/043-western-digits.ts';
import { rateCurrency } from './migrations/044-rate-currency.ts';
import { rateSheets } from './migrations/045-rate-sheets.ts';
import { bills } from './migrations/047-bills.ts';
import { billingTerms } from './migrations/048-billing-terms.ts';
import { providerAccounts } from './migrations/049-provider-accounts.ts';
import { reconciliation } from './migrations/050-reconciliation.ts';
import { appRole } from './migrations/051-app-role.ts';
import { outbound } from './migrations/052-outbound.ts';
import { billDocuments } from './migrations/053-bill-documents.ts';
import { disputes } from './migrations/054-disputes.ts';
import { accountingBatches } from './migrations/055-accounting-batches.ts';
import { applications } from './migrations/057-applications.ts';
import { audit } from './migrations/059-audit.ts';
import { oneHistory } from './migrations/060-one-history.ts';
import { shiftHistory } from './migrations/064-shift-history.ts';
import { accountVersions } from './migrations/066-account-versions.ts';

/** One step of the schema, applied once by its `version`, in the order listed; a released one is never edited. */
export interface Migration {
  version: number;
  name: string;
  sql: string;
}

export const migrations: readonly Migration[] = [
  { version: 1, name: 'journal', sql: journal },
  { version: 2, name: 'registry', sql: registry },
  { version: 3, name: 'weighings', sql: weighings },
  { version: 4, name: 'ledger', sql: ledger },
  { version: 5, name: 'billing', sql: billing },
  { version: 6, name: 'idempotency', sql: idempotency },
  { version: 7, name: 'desk', sql: desk },
  { version: 8, name: 'manual-weights', sql: manualWeights },
  { version: 9, name: 'shifts', sql: shifts },
  { version: 10, name: 'entry-signatures', sql: entrySignatures },
  { version: 11, name: 'chain-trust', sql: chainTrust },
  { version: 12, name: 'stored-evidence', sql: storedEvidence },
  { version: 13, name: 'enrolment', sql: enrolment },
  { version: 15, name: 'master-data', sql: masterData },
  { version: 16, name: 'registry-validity', sql: registryValidity },
  { version: 17, name: 'presence', sql: presence },
  { version: 18, name: 'completeness', sql: completeness },
  { version: 19, name: 'remote-settings', sql: remoteSettings },
  { version: 20, name: 'ticket-numbers', sql: ticketNumbers },
  { version: 30, name: 'identity', sql: identity },
  { version: 31, name: 'api-keys', sql: apiKeys },
  { version: 34, name: 'row-versions', sql: rowVersions },
  { version: 40, name: 'truck-owners', sql: truckOwners },
  { version: 41, name: 'search', sql: search },
  { version: 42, name: 'merges', sql: merges },
  { version: 43, name: 'western-digits', sql: westernDigits },
  { version: 44, name: 'rate-currency', sql: rateCurrency },
  { version: 45, name: 'rate-sheets', sql: rateSheets },
  { version: 47, name: 'bills', sql: bills },
  { version: 48, name: 'billing-terms', sql: billingTerms },
  { version: 49, name: 'provider-accounts', sql: providerAccounts },
  { version: 50, name: 'reconciliation', sql: reconciliation },
  { version: 51, name: 'app-role', sql: appRole },
  { version: 52, name: 'outbound', sql: outbound },
  { version: 53, name: 'bill-documents', sql: billDocuments },
  { version: 54, name: 'disputes', sql: disputes },
  { version: 55, name: 'accounting-batches', sql: accountingBatches },
  { version: 57, name: 'applications', sql: applications },
  { version: 59, name: 'audit', sql: audit },
  { version: 60, name: 'one-history', sql: oneHistory },
  { version: 64, name: 'shift-history', sql: shiftHistory },
  { version: 66, name: 'account-versions', sql: accountVersions },
];
