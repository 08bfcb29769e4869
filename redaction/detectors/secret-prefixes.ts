export type Alphabet = 'token' | 'dotted' | 'base64' | 'hex' | 'upper' | 'alnum';

/** A secret that its issuer marks by its first characters. */
export type SecretPrefix = {
  readonly kind: string;
  readonly prefix: string;
  /** How many characters of its alphabet must follow. */
  readonly tailMin: number;
  /** `token`: letters, digits, `_`, `-`. `dotted`: and `.`. `base64`: and `+`, `/`, `=`. The others: those characters alone. */
  readonly alphabet: Alphabet;
  /** Digits that must be among the first of them, for prefixes that are also beginnings of words. */
  readonly digitsMin: number;
  /** Whether small letters, capitals and digits must all be among them. */
  readonly isMixed: boolean;
  /** A prefix nobody writes by chance is found inside a longer word too. */
  readonly anywhere: boolean;
  /** Characters before the prefix that belong to the secret. */
  readonly before: number;
};

/**
 * Sources: the issuers' documentation of their token formats; gitleaks' rules (MIT) for prefixes and lengths. A prefix without `_`, `-`
 * or `.` in it is looked for at the beginning of a word that holds a digit.
 */
export const secretPrefixes: readonly SecretPrefix[] = [
  // Clouds.
  ...rows('aws_access_key', 'AKIA ASIA ABIA ACCA', 16, { alphabet: 'upper' }),
  ...rows('aws_bedrock_key', 'ABSK', 80, { alphabet: 'base64', digitsMin: 2 }),
  ...rows('aws_bedrock_key', 'bedrock-api-key-', 30, { alphabet: 'base64', anywhere: true }),
  ...rows('google_api_key', 'AIza', 35),
  ...rows('google_oauth_token', 'ya29.', 20, { alphabet: 'dotted' }),
  ...rows('google_oauth_secret', 'GOCSPX-', 20, { anywhere: true }),
  ...rows('alibaba_key', 'LTAI', 16, { alphabet: 'alnum', isMixed: true }),
  ...rows('tencent_key', 'AKID', 32, { alphabet: 'alnum', isMixed: true }),
  ...rows('digitalocean_token', 'dop_v1_ doo_v1_ dor_v1_', 40, { anywhere: true }),
  ...rows('scaleway_key', 'SCW', 17, { alphabet: 'upper', digitsMin: 2 }),
  ...rows('cloudflare_origin_key', 'v1.0-', 60, { digitsMin: 10 }),
  ...rows('openshift_token', 'sha256~', 43),
  ...rows('scalingo_token', 'tk-us-', 40, { digitsMin: 2 }),
  // Source and packages.
  ...rows('github_token', 'ghp_ gho_ ghu_ ghs_ ghr_ github_pat_', 20, { anywhere: true }),
  ...rows('gitlab_token', 'glpat- gldt- glrt- glft- glimt- glsoat- glffct- glrtr-', 20, {
    alphabet: 'dotted',
    anywhere: true,
  }),
  ...rows('gitlab_token', 'glcbt- glptt- glagent- gloas-', 20, { anywhere: true }),
  ...rows('gitlab_runner_token', 'GR1348941', 20),
  ...rows('bitbucket_token', 'ATBB', 30, { alphabet: 'alnum', digitsMin: 2 }),
  ...rows('atlassian_token', 'ATATT3 ATCTT3 ATSTT3', 60, { alphabet: 'base64', digitsMin: 2 }),
  ...rows('npm_token', 'npm_', 36),
  ...rows('pypi_token', 'pypi-AgE', 30, { anywhere: true }),
  ...rows('rubygems_token', 'rubygems_', 48, { alphabet: 'hex', anywhere: true }),
  ...rows('crates_token', 'cio', 32, { alphabet: 'alnum', isMixed: true }),
  ...rows('clojars_token', 'CLOJARS_', 50, { anywhere: true }),
  ...rows('nuget_key', 'oy2', 43, { alphabet: 'alnum', digitsMin: 4 }),
  ...rows('docker_token', 'dckr_pat_ dckr_oat_', 20, { anywhere: true }),
  ...rows('artifactory_key', 'AKCp cmVmd', 55, { alphabet: 'alnum', digitsMin: 3 }),
  ...rows('sourcegraph_token', 'sgp_', 40, { digitsMin: 4 }),
  ...rows('sonar_token', 'squ_ sqp_ sqa_', 40, { alphabet: 'hex' }),
  ...rows('octopus_key', 'API-', 25, { alphabet: 'upper', digitsMin: 2 }),
  ...rows('buildkite_token', 'bkua_ bkat_ bkct_', 38, { digitsMin: 3 }),
  ...rows('circleci_token', 'CCIPAT_ CCIPRJ_', 40, { anywhere: true }),
  ...rows('harness_token', 'pat. sat.', 68, { alphabet: 'dotted', digitsMin: 8 }),
  // Models.
  ...rows('anthropic_key', 'sk-ant-', 12, { anywhere: true }),
  ...rows('openai_key', 'sk-proj- sk-svcacct- sk-admin-', 16, { anywhere: true }),
  ...rows('openrouter_key', 'sk-or-v1-', 40, { anywhere: true }),
  ...rows('langfuse_key', 'sk-lf-', 32),
  ...rows('langsmith_key', 'lsv2_pt_ lsv2_sk_', 32, { anywhere: true }),
  ...rows('openai_key', 'sk-', 20, { digitsMin: 2 }),
  ...rows('hugging_face_token', 'hf_ api_org_', 30, { alphabet: 'alnum' }),
  ...rows('replicate_token', 'r8_', 37, { isMixed: true }),
  ...rows('groq_key', 'gsk_', 40, { isMixed: true }),
  ...rows('perplexity_key', 'pplx-', 40, { isMixed: true }),
  ...rows('xai_key', 'xai-', 60, { isMixed: true }),
  ...rows('pinecone_key', 'pcsk_', 40, { isMixed: true }),
  ...rows('fireworks_key', 'fw_', 22, { isMixed: true, alphabet: 'alnum' }),
  ...rows('tavily_key', 'tvly-', 24, { isMixed: true }),
  // Payments and shops.
  ...rows('stripe_key', 'sk_live_ sk_test_ rk_live_ rk_test_ sk_prod_ rk_prod_', 10, {
    anywhere: true,
  }),
  ...rows('stripe_webhook_secret', 'whsec_', 24, { alphabet: 'base64', anywhere: true }),
  ...rows('shopify_token', 'shpat_ shpss_ shpca_ shppa_', 30, { anywhere: true }),
  ...rows('square_token', 'sq0atp- sq0csp-', 22, { anywhere: true }),
  ...rows('square_token', 'EAAA', 40, { isMixed: true }),
  ...rows('shippo_token', 'shippo_live_ shippo_test_', 40, { alphabet: 'hex', anywhere: true }),
  ...rows('plaid_token', 'access-sandbox- access-production- access-development-', 36, {
    anywhere: true,
  }),
  ...rows('duffel_token', 'duffel_test_ duffel_live_', 40, { anywhere: true }),
  ...rows('easypost_key', 'EZAK EZTK', 54, { alphabet: 'alnum', digitsMin: 3 }),
  ...rows('flutterwave_key', 'FLWSECK_TEST- FLWSECK-', 12, { anywhere: true }),
  ...rows('mercadopago_token', 'APP_USR-', 40, { digitsMin: 16, anywhere: true }),
  ...rows('razorpay_key', 'rzp_live_ rzp_test_', 14, { anywhere: true }),
  // Messages and mail.
  ...rows('slack_token', 'xoxa- xoxb- xoxc- xoxd- xoxe- xoxp- xoxr- xoxs- xoxo-', 10, {
    anywhere: true,
  }),
  ...rows('slack_token', 'xoxe.', 10, { alphabet: 'dotted', anywhere: true }),
  ...rows('slack_token', 'xapp-', 10, { digitsMin: 1 }),
  ...rows('twilio_key', 'SK', 32, { alphabet: 'hex', digitsMin: 4 }),
  ...rows('sendgrid_key', 'SG.', 60, { alphabet: 'dotted' }),
  ...rows('mailgun_key', 'key-', 32, { alphabet: 'hex', digitsMin: 4 }),
  ...rows('brevo_key', 'xkeysib- xsmtpsib-', 60, { anywhere: true }),
  ...rows('resend_key', 're_', 30, { isMixed: true }),
  ...rows('facebook_token', 'EAACEdEose0cBA EAAM EAAC', 60, { alphabet: 'alnum', digitsMin: 3 }),
  ...rows('mapbox_token', 'sk.eyJ', 40, { alphabet: 'dotted' }),
  // Operations.
  ...rows('new_relic_key', 'NRAK- NRII- NRRA- NRSP-', 25),
  ...rows('new_relic_key', 'NRJS-', 19, { alphabet: 'hex' }),
  ...rows('sentry_token', 'sntrys_ sntryu_ sntrya_', 40, { alphabet: 'base64', anywhere: true }),
  ...rows('grafana_token', 'glc_', 32, { alphabet: 'base64', digitsMin: 1 }),
  ...rows('grafana_token', 'glsa_', 32),
  ...rows('dynatrace_token', 'dt0c01. dt0s01. dt0s02. dt0s16.', 60, { alphabet: 'dotted' }),
  ...rows('doppler_token', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', 40, {
    alphabet: 'dotted',
    isMixed: true,
  }),
  ...rows('vault_token', 'hvs. hvb. hvr.', 24, { alphabet: 'token', digitsMin: 1 }),
  ...rows('vault_token', 's.', 24, { alphabet: 'alnum', isMixed: true }),
  ...rows('terraform_token', '.atlasv1.', 60, { alphabet: 'token', before: 14, anywhere: true }),
  ...rows('pulumi_token', 'pul-', 40, { alphabet: 'hex' }),
  ...rows('fly_token', 'fo1_', 40, { isMixed: true }),
  ...rows('fly_token', 'fm1a_ fm1r_ fm2_', 60, { alphabet: 'base64', anywhere: true }),
  ...rows('netlify_token', 'nfp_ nfc_ nfo_ nfu_', 36, { isMixed: true }),
  ...rows('vercel_token', 'vcp_ vci_ vca_ vcr_ vck_', 24, { isMixed: true }),
  ...rows('supabase_key', 'sbp_ sb_secret_ sbp_oauth_', 24, { digitsMin: 2 }),
  ...rows('planetscale_token', 'pscale_tkn_ pscale_pw_ pscale_oauth_', 32, {
    alphabet: 'dotted',
    anywhere: true,
  }),
  ...rows('neon_key', 'napi_', 50, { digitsMin: 4 }),
  ...rows('databricks_token', 'dapi dkea dose', 32, { alphabet: 'hex', digitsMin: 4 }),
  ...rows('tailscale_key', 'tskey-auth- tskey-api- tskey-client- tskey-scim-', 20, {
    anywhere: true,
  }),
  ...rows('heroku_key', 'HRKU-AA', 50),
  ...rows('infracost_key', 'ico-', 32, { alphabet: 'alnum', isMixed: true }),
  ...rows('prefect_key', 'pnu_ pnb_', 36, { digitsMin: 2 }),
  ...rows('postman_key', 'PMAK-', 40),
  ...rows('launchdarkly_key', 'sdk- api- mob-', 36, { alphabet: 'token', digitsMin: 8 }),
  ...rows('clickhouse_key', '4b1d', 38, { alphabet: 'alnum', digitsMin: 4 }),
  ...rows('one_password_token', 'ops_eyJ', 60, { alphabet: 'base64', anywhere: true }),
  ...rows('one_password_key', 'A3-', 30, { digitsMin: 3 }),
  ...rows('age_key', 'AGE-SECRET-KEY-1', 50, { anywhere: true }),
  ...rows('waybill_key', 'wb_', 40),
  // Work and design.
  ...rows('linear_token', 'lin_api_ lin_oauth_', 40, { anywhere: true }),
  ...rows('notion_token', 'ntn_', 40, { isMixed: true }),
  ...rows('notion_token', 'secret_', 43, { alphabet: 'alnum', isMixed: true }),
  ...rows('figma_token', 'figd_ figu_ figo_', 30, { digitsMin: 1 }),
  ...rows('airtable_token', 'pat', 79, { alphabet: 'dotted', digitsMin: 12 }),
  ...rows('hubspot_token', 'pat-na1- pat-eu1-', 36, { anywhere: true }),
  ...rows('adobe_secret', 'p8e-', 32, { digitsMin: 2 }),
  ...rows('contentful_token', 'CFPAT-', 40, { anywhere: true }),
  ...rows('typeform_token', 'tfp_', 44, { alphabet: 'dotted', isMixed: true }),
  ...rows('readme_token', 'rdme_', 60, { digitsMin: 6 }),
  ...rows('frameio_token', 'fio-u-', 60),
  ...rows('authress_token', 'authress_ scauth_', 60, { alphabet: 'dotted', digitsMin: 3 }),
  ...rows('settlemint_token', 'sm_aat_ sm_pat_ sm_sat_', 16, { anywhere: true }),
  ...rows('intra_secret', 's-s4t2ud- s-s4t2af-', 60, { anywhere: true }),
];

type More = Partial<
  Pick<SecretPrefix, 'alphabet' | 'digitsMin' | 'isMixed' | 'anywhere' | 'before'>
>;

function rows(
  kind: string,
  prefixes: string,
  tailMin: number,
  more: More = {},
): readonly SecretPrefix[] {
  const row = {
    alphabet: 'token',
    digitsMin: 0,
    isMixed: false,
    anywhere: false,
    before: 0,
  } as const;
  return prefixes.split(' ').map((prefix) => ({ kind, prefix, tailMin, ...row, ...more }));
}
