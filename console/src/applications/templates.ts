/** Where well-known applications serve SCIM, and where their token is found, by their vendors' documentation. */
export interface Template {
  id: string;
  name: string;
  summary: string;
  /** With what has to be replaced in capitals; empty for any other application. */
  baseUrl: string;
  /** What to put for the capitals. */
  baseUrlHelp?: string;
  tokenHelp: string;
}

export const TEMPLATES: Template[] = [
  {
    id: 'generic',
    name: 'Any SCIM 2.0 application',
    summary: 'A base URL and a bearer token are enough',
    baseUrl: '',
    tokenHelp: 'The bearer token that the application gave for SCIM.',
  },
  {
    id: 'slack',
    name: 'Slack',
    summary: 'Business+ and Enterprise',
    baseUrl: 'https://api.slack.com/scim/v2',
    tokenHelp: 'A user token with the scope admin, installed by an owner of the workspace or organisation.',
  },
  {
    id: 'github',
    name: 'GitHub',
    summary: 'Enterprise with managed users',
    baseUrl: 'https://api.github.com/scim/v2/enterprises/ENTERPRISE',
    baseUrlHelp: 'Replace ENTERPRISE by the short name of your enterprise.',
    tokenHelp: 'A classic token of the setup user with the scope scim:enterprise.',
  },
  {
    id: 'atlassian',
    name: 'Atlassian',
    summary: 'Cloud organisation with Guard',
    baseUrl: 'https://api.atlassian.com/scim/directory/DIRECTORY',
    baseUrlHelp: 'Copy it from the provisioning page of your identity provider in Atlassian administration.',
    tokenHelp: 'The API key that Atlassian shows once beside the directory’s base URL.',
  },
  {
    id: 'aws',
    name: 'AWS IAM Identity Center',
    summary: 'Automatic provisioning',
    baseUrl: 'https://scim.REGION.amazonaws.com/DIRECTORY/scim/v2',
    baseUrlHelp: 'Copy the SCIM endpoint from Settings, Automatic provisioning.',
    tokenHelp: 'The access token from the same page. It lives for a year.',
  },
  {
    id: 'zoom',
    name: 'Zoom',
    summary: 'Business or Education, with single sign-on',
    baseUrl: 'https://api.zoom.us/scim2',
    tokenHelp:
      'An OAuth token of a marketplace app with the scope SCIM2. Zoom lets such a token live for an hour only.',
  },
];

/** Whether something in capitals is still to be replaced. */
export const unfinished = (baseUrl: string) => /\/(ENTERPRISE|DIRECTORY)\b|\.REGION\./.test(baseUrl);
