import type { ColumnType, Generated } from 'kysely';
import type {
  AccountPostingsTable,
  AccountTransactionsTable,
  PaymentsTable,
  ProviderBalancesView,
} from './account-tables.ts';
import type {
  AuditChainTable,
  AuditChangesTable,
  AuditClearValuesTable,
  AuditHeadTable,
  AuditSealsTable,
} from './audit-tables.ts';
import type {
  BillLineRestsView,
  BillLinesTable,
  BillRunsTable,
  BillSeriesTable,
  BillSessionsTable,
  BillsTable,
  ReconciliationsTable,
} from './bill-tables.ts';
import type {
  AllocationAnswersTable,
  AllocationThresholdsTable,
  BuyerDetailsTable,
  DeliveriesView,
  ProviderTaxDetailsTable,
  SelfBillingAgreementsTable,
  StandingVatRatesView,
  VatRatesTable,
} from './billing-terms-tables.ts';
import type {
  AccountingBatchBillsTable,
  AccountingBatchesTable,
  BillDocumentsTable,
  DisputeStepsTable,
  DisputesTable,
} from './document-tables.ts';
import type {
  DevicePresenceTable,
  DeviceSettingsTable,
  SettingsReportsTable,
  ShiftCertificatesTable,
} from './fleet-tables.ts';
import type {
  ApiKeysTable,
  PasswordTokensTable,
  RecoveryCodesTable,
  RefreshTokensTable,
  SignInFailuresTable,
  SignInSessionsTable,
  TokenSigningKeysTable,
  UsersTable,
} from './identity-tables.ts';
import type {
  AlarmsTable,
  CloudEpochChangesTable,
  CloudEpochTable,
  DeviceBootsTable,
  DeviceSigningKeysTable,
  DevicesTable,
  EntryDamagesTable,
  EntryPlace,
  EntryRepairsTable,
  IngestForksTable,
  IngestPositionsTable,
  Instant,
  JournalEntriesTable,
  ParkedAttemptsTable,
  ParkedEntriesTable,
  ProvenEntriesView,
} from './journal-tables.ts';
import type {
  OutboundAttemptsTable,
  OutboundMessagesTable,
  WebhookEndpointsTable,
} from './outbound-tables.ts';
import type { ApplicationsTable } from './registration-tables.ts';
import type {
  ContainerTaresTable,
  MasterDataChangesTable,
  MasterDataHeadTable,
  OperatorAccountsTable,
  PlateOwnersView,
  ProviderPlatesView,
  ProvidersTable,
  RegistryMergesTable,
  SessionOwnersView,
  TruckOwnerChangesTable,
  TruckOwnersTable,
  TruckProposalsTable,
  TrucksTable,
} from './registry-tables.ts';
import type {
  KnownShiftsView,
  ShiftCorrectionsTable,
  ShiftRulesTable,
  ShiftStaffTable,
  ShiftsTable,
} from './shift-tables.ts';

export interface RegisteredWeightsTable extends EntryPlace {
  weight_id: string;
  session_id: string;
  place: 'first' | 'second' | 'single';
  gross_g: number;
  scale_id: string;
  registered_at: Instant;
}

export interface WeighingSessionsTable {
  id: string;
  /** Those of its weights that a person gave. */
  manual_weight_ids: Generated<string[]>;
  device: string;
  incarnation: string;
  site: string;
  state: 'open' | 'closed' | 'single';
  truck: string | null;
  truck_key: string | null;
  produce: string | null;
  containers_in: string[];
  containers_out: string[] | null;
  first_weight_id: string;
  first_gross_g: number;
  second_weight_id: string | null;
  second_gross_g: number | null;
  truck_tare_g: number | null;
  net_g: number | null;
  waiting_for: string[] | null;
  first_ticket_no: string;
  second_ticket_no: string | null;
  weighed_in_at: Instant;
  weighed_out_at: ColumnType<Date | null, string | null, string | null>;
  /** Null while the session counts. */
  ended: 'superseded' | 'voided' | null;
  ended_entry_uuid: string | null;
  clone_of: string | null;
  /** How the tare of a session weighed once came to be. */
  stored_tare: 'weighed' | 'preset' | null;
}

export interface ContainersTable {
  id: string;
  tare_g: number;
  /** The journal entry that measured the tare; null when it was typed into the registry. */
  tare_entry_uuid: string | null;
  version: Generated<number>;
  updated_at: Instant;
}

export interface ProduceTable {
  id: string;
  created_at: Instant;
}

export interface LedgerEntriesTable {
  id: string;
  session_id: string;
  device: string;
  provider_id: number | null;
  truck: string;
  truck_key: string;
  produce: string | null;
  net_g: number;
  weighed_out_at: Instant;
  entry_uuid: string;
  corrects_entry_id: string | null;
  posted_at: Instant;
}

export interface RatesTable {
  id: string;
  produce: string;
  /** Null: the rate holds for every provider. */
  provider_id: number | null;
  /** Decimal text, minor units of the currency per kilogram. */
  rate_per_kg_minor: string;
  /** ISO 4217 code; null: that of the cloud. */
  currency: ColumnType<string | null, string | null | undefined, never>;
  valid_from: ColumnType<Date | null, string | null, never>;
  valid_to: ColumnType<Date | null, string | null, never>;
  created_at: Instant;
  /** Of the sheet it came with; null for one that was set alone. */
  sheet_id: ColumnType<string | null, string | null | undefined, never>;
  /** Null while it stands. */
  withdrawn_at: ColumnType<Date | null, null | undefined, string>;
  withdrawn_by: ColumnType<string | null, null | undefined, string>;
}

export interface RateSheetsTable {
  id: string;
  file_name: string;
  file_hash: string;
  takes_effect: Instant;
  unnamed: 'end' | 'keep';
  /** Rows of the sheet as a JSON list. */
  rows: string;
  state: Generated<'draft' | 'published' | 'discarded'>;
  uploaded_by: string;
  uploaded_at: Instant;
  decided_by: ColumnType<string | null, null | undefined, string>;
  decided_at: ColumnType<Date | null, null | undefined, string>;
}

export interface IdempotencyKeysTable {
  route: string;
  key: string;
  body_hash: string;
  status: number;
  response: string;
  created_at: Instant;
}

export interface OperatorsTable {
  operator_id: string;
  device: string;
  name: string;
  role: 'weigher' | 'supervisor';
  blocked: boolean;
}

export interface AdjustmentCountersTable {
  device: string;
  cfg: number;
  cal: number;
}

export interface SitesTable {
  site: string;
  created_at: Instant;
}

export interface EnrolledDevicesTable {
  device: string;
  site: string;
  enrolled_at: Instant;
}

export interface EnrolmentTokensTable {
  token_hash: string;
  site: string;
  device: string | null;
  needs_confirmation: boolean;
  created_at: Instant;
  expires_at: Instant;
}

export interface EnrolmentRequestsTable {
  request_id: string;
  token_hash: string;
  device: string;
  site: string;
  csr: string;
  key_fingerprint: string;
  signing_key: string;
  state: 'waiting' | 'issued' | 'refused';
  requested_at: Instant;
  decided_at: ColumnType<Date | null, string | null, string | null>;
  decided_by: string | null;
}

export interface DeviceCertificatesTable {
  fingerprint: string;
  serial: string;
  device: string;
  key_fingerprint: string;
  certificate: string;
  request_id: string | null;
  renews: string | null;
  not_before: Instant;
  not_after: Instant;
  issued_at: Instant;
  revoked_at: ColumnType<Date | null, string | null, string | null>;
  revoked_by: string | null;
  revoke_reason: string | null;
}

/** Every table, as Kysely sees it. The constraints themselves stand in the migrations. */
export interface Database {
  cloud_epoch: CloudEpochTable;
  devices: DevicesTable;
  ingest_positions: IngestPositionsTable;
  journal_entries: JournalEntriesTable;
  ingest_forks: IngestForksTable;
  parked_entries: ParkedEntriesTable;
  /** A view: those that were neither applied later nor resolved. */
  open_parked_entries: ParkedEntriesTable;
  parked_attempts: ParkedAttemptsTable;
  proven_entries: ProvenEntriesView;
  entry_damages: EntryDamagesTable;
  entry_repairs: EntryRepairsTable;
  cloud_epoch_changes: CloudEpochChangesTable;
  device_boots: DeviceBootsTable;
  device_presence: DevicePresenceTable;
  shift_certificates: ShiftCertificatesTable;
  device_settings: DeviceSettingsTable;
  settings_reports: SettingsReportsTable;
  device_signing_keys: DeviceSigningKeysTable;
  alarms: AlarmsTable;
  registered_weights: RegisteredWeightsTable;
  weighing_sessions: WeighingSessionsTable;
  providers: ProvidersTable;
  trucks: TrucksTable;
  truck_owners: TruckOwnersTable;
  truck_owner_changes: TruckOwnerChangesTable;
  plate_owners: PlateOwnersView;
  registry_merges: RegistryMergesTable;
  provider_plates: ProviderPlatesView;
  session_owners: SessionOwnersView;
  containers: ContainersTable;
  produce: ProduceTable;
  ledger_entries: LedgerEntriesTable;
  rates: RatesTable;
  rate_sheets: RateSheetsTable;
  idempotency_keys: IdempotencyKeysTable;
  operators: OperatorsTable;
  shifts: ShiftsTable;
  shift_rules: ShiftRulesTable;
  shift_staff: ShiftStaffTable;
  shift_corrections: ShiftCorrectionsTable;
  known_shifts: KnownShiftsView;
  adjustment_counters: AdjustmentCountersTable;
  master_data_head: MasterDataHeadTable;
  master_data_changes: MasterDataChangesTable;
  container_tares: ContainerTaresTable;
  operator_accounts: OperatorAccountsTable;
  truck_proposals: TruckProposalsTable;
  sites: SitesTable;
  enrolled_devices: EnrolledDevicesTable;
  enrolment_tokens: EnrolmentTokensTable;
  enrolment_requests: EnrolmentRequestsTable;
  device_certificates: DeviceCertificatesTable;
  users: UsersTable;
  recovery_codes: RecoveryCodesTable;
  sign_in_sessions: SignInSessionsTable;
  refresh_tokens: RefreshTokensTable;
  password_tokens: PasswordTokensTable;
  sign_in_failures: SignInFailuresTable;
  token_signing_keys: TokenSigningKeysTable;
  api_keys: ApiKeysTable;
  applications: ApplicationsTable;
  bill_runs: BillRunsTable;
  bill_series: BillSeriesTable;
  bills: BillsTable;
  bill_lines: BillLinesTable;
  bill_sessions: BillSessionsTable;
  bill_line_rests: BillLineRestsView;
  reconciliations: ReconciliationsTable;
  audit_changes: AuditChangesTable;
  audit_chain: AuditChainTable;
  audit_head: AuditHeadTable;
  audit_clear_values: AuditClearValuesTable;
  audit_seals: AuditSealsTable;
  bill_documents: BillDocumentsTable;
  disputes: DisputesTable;
  dispute_steps: DisputeStepsTable;
  accounting_batches: AccountingBatchesTable;
  accounting_batch_bills: AccountingBatchBillsTable;
  webhook_endpoints: WebhookEndpointsTable;
  outbound_messages: OutboundMessagesTable;
  outbound_attempts: OutboundAttemptsTable;
  standing_deliveries: DeliveriesView;
  unbilled_deliveries: DeliveriesView;
  vat_rates: VatRatesTable;
  standing_vat_rates: StandingVatRatesView;
  buyer_details: BuyerDetailsTable;
  provider_tax_details: ProviderTaxDetailsTable;
  self_billing_agreements: SelfBillingAgreementsTable;
  allocation_thresholds: AllocationThresholdsTable;
  allocation_answers: AllocationAnswersTable;
  payments: PaymentsTable;
  account_transactions: AccountTransactionsTable;
  account_postings: AccountPostingsTable;
  provider_balances: ProviderBalancesView;
}
