// CensusSQL: the .sql files of this folder, inside the binary.
//
// Owns: the list of migrations, and the statements that the store runs.
// Must not know: what they are for.
// `migrations/` holds numbered scripts that are applied once, in order, and never edited after a release;
// `vocabulary/` holds the words of every code; `roles/` says who may do what; `queries/` holds single statements; `examples/` is for people in psql and not embedded.

/// One step of the schema.
public struct Migration: Sendable {
    /// From 1, without gaps.
    public let version: Int32
    /// Part of the file's name.
    public let name: String
    /// Any number of statements.
    public let script: String

    init(_ version: Int32, _ name: String, _ bytes: [UInt8]) {
        self.version = version
        self.name = name
        script = String(decoding: bytes, as: UTF8.self)
    }
}

/// The migrations and queries, as text.
public enum EmbeddedSQL {
    /// In order. A file that is missing here is found by a test.
    public static let migrations = [
        Migration(1, "vocabulary", PackageResources.V0001__vocabulary_sql),
        Migration(2, "lists", PackageResources.V0002__lists_sql),
        Migration(3, "scans", PackageResources.V0003__scans_sql),
        Migration(4, "batches", PackageResources.V0004__batches_sql),
        Migration(5, "scan_life", PackageResources.V0005__scan_life_sql),
        Migration(6, "resolving", PackageResources.V0006__resolving_sql),
        Migration(7, "probing", PackageResources.V0007__probing_sql),
        Migration(8, "coordination", PackageResources.V0008__coordination_sql),
        Migration(9, "roll_up", PackageResources.V0009__roll_up_sql),
        Migration(10, "views", PackageResources.V0010__views_sql),
        Migration(11, "remedies", PackageResources.V0011__remedies_sql),
        Migration(12, "recording", PackageResources.V0012__recording_sql),
        Migration(13, "back_off", PackageResources.V0013__back_off_sql),
        Migration(14, "second_look", PackageResources.V0014__second_look_sql),
        Migration(15, "fleet", PackageResources.V0015__fleet_sql),
        Migration(16, "opt_out", PackageResources.V0016__opt_out_sql),
        Migration(17, "schedules", PackageResources.V0017__schedules_sql),
        Migration(18, "changes", PackageResources.V0018__changes_sql),
        Migration(19, "retention", PackageResources.V0019__retention_sql),
        Migration(20, "roles", PackageResources.V0020__roles_sql),
        Migration(21, "shared_looks", PackageResources.V0021__shared_looks_sql),
        Migration(22, "whole_scan_plans", PackageResources.V0022__whole_scan_plans_sql),
        Migration(23, "long_lanes", PackageResources.V0023__long_lanes_sql),
        Migration(24, "lock_picked_lanes", PackageResources.V0024__lock_picked_lanes_sql),
        Migration(25, "plans_of_running_scans", PackageResources.V0025__plans_of_running_scans_sql),
        Migration(26, "new_hosts", PackageResources.V0026__new_hosts_sql),
        Migration(27, "next_addresses", PackageResources.V0027__next_addresses_sql),
        Migration(28, "statistics_of_parents", PackageResources.V0028__statistics_of_parents_sql),
        Migration(29, "reworded_only", PackageResources.V0029__reworded_only_sql),
        Migration(30, "mx_beside_domains", PackageResources.V0030__mx_beside_domains_sql),
        Migration(31, "sorted_imports", PackageResources.V0031__sorted_imports_sql),
        Migration(32, "refilled_queues", PackageResources.V0032__refilled_queues_sql),
        Migration(33, "emptied_queues", PackageResources.V0033__emptied_queues_sql),
        Migration(34, "imports_in_order", PackageResources.V0034__imports_in_order_sql),
    ]
    /// `roles/roles.sql`: who may do what; run after the migrations, every time. One statement.
    public static let roles = text(PackageResources.roles_sql)

    /// `queries/migration_table.sql`.
    public static let migrationTable = text(PackageResources.migration_table_sql)
    /// `queries/schema_version.sql`.
    public static let schemaVersion = text(PackageResources.schema_version_sql)
    /// `queries/composite_types.sql`.
    public static let compositeTypes = text(PackageResources.composite_types_sql)
    /// `queries/lists.sql`.
    public static let lists = text(PackageResources.lists_sql)
    /// `queries/scans.sql`.
    public static let scans = text(PackageResources.scans_sql)
    /// `queries/connected_role.sql`.
    public static let connectedRole = text(PackageResources.connected_role_sql)
    /// `queries/missing_roles.sql`.
    public static let missingRoles = text(PackageResources.missing_roles_sql)
    /// `queries/dead_batches.sql`.
    public static let deadBatches = text(PackageResources.dead_batches_sql)
    /// `queries/changes.sql`.
    public static let changes = text(PackageResources.changes_sql)
    /// `queries/change_counts.sql`.
    public static let changeCounts = text(PackageResources.change_counts_sql)
    /// `queries/retention.sql`.
    public static let retention = text(PackageResources.retention_sql)
    /// `queries/coordinators.sql`.
    public static let coordinators = text(PackageResources.coordinators_sql)
    /// `queries/workers.sql`.
    public static let workers = text(PackageResources.workers_sql)
    /// `queries/schedules.sql`.
    public static let schedules = text(PackageResources.schedules_sql)
    /// `queries/schedule_runs.sql`.
    public static let scheduleRuns = text(PackageResources.schedule_runs_sql)
    /// `queries/add_schedule.sql`.
    public static let addSchedule = text(PackageResources.add_schedule_sql)
    /// `queries/run_due_schedules.sql`.
    public static let runDueSchedules = text(PackageResources.run_due_schedules_sql)
    /// `queries/lanes.sql`.
    public static let lanes = text(PackageResources.lanes_sql)
    /// `queries/network_targets.sql`.
    public static let networkTargets = text(PackageResources.network_targets_sql)
    /// `queries/summary_domain_statuses.sql`.
    public static let summaryDomainStatuses = text(PackageResources.summary_domain_statuses_sql)
    /// `queries/summary_host_statuses.sql`.
    public static let summaryHostStatuses = text(PackageResources.summary_host_statuses_sql)
    /// `queries/summary_outcomes.sql`.
    public static let summaryOutcomes = text(PackageResources.summary_outcomes_sql)
    /// `queries/summary_findings.sql`.
    public static let summaryFindings = text(PackageResources.summary_findings_sql)
    /// `queries/summary_second_looks.sql`.
    public static let summarySecondLooks = text(PackageResources.summary_second_looks_sql)
    /// `queries/summary_looks.sql`.
    public static let summaryLooks = text(PackageResources.summary_looks_sql)
    /// `queries/summary_verdicts.sql`.
    public static let summaryVerdicts = text(PackageResources.summary_verdicts_sql)
    /// `queries/database_size.sql`.
    public static let databaseSize = text(PackageResources.database_size_sql)
    /// `queries/summary_providers.sql`.
    public static let summaryProviders = text(PackageResources.summary_providers_sql)
    /// JSON with the words of every code: the single source of labels, explanations and remedies.
    public static let words = PackageResources.Words_json
    /// `queries/export_probes.sql`.
    public static let exportProbes = text(PackageResources.export_probes_sql)
    /// `queries/stored_probes.sql`.
    public static let storedProbes = text(PackageResources.stored_probes_sql)
    /// `queries/export_domains.sql`.
    public static let exportDomains = text(PackageResources.export_domains_sql)

    /// `queries/optouts.sql`.
    public static let optOuts = text(PackageResources.optouts_sql)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
