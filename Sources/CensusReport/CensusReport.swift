// CensusReport: what people and programs get to read of a census.
//
// Owns: the figures of a scan's summary and every form they are written in (text, JSON, CSV, Markdown), the comparison
// with the lab's truth and with the 2014 study, the rows of an export, the page of a single probe, the progress meter.
// Must not know: where values come from (no database, no network, no clock: time is given), nor where text goes.
// Concurrency: everything is a Sendable value; nothing is shared.
// Entry types: `SummaryReport`, `TruthReport`, `StudyReport`, `RowEncoder`, `ProbePage`, `ProgressMeter`.
//
// Text from the network arrives escaped by `EscapedText`. Whatever is written for a terminal is checked for control
// characters once more all the same (`TextLayout.visible`): names of scans and lists come from people.
