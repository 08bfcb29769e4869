/** The instrumentation scope under which Waybill tells of its own work, so that its spans are known when they come in. */
export const OWN_SCOPE = 'waybill.own.telemetry';
