export type Switches = Record<string, boolean | string>;

/** What each switch lets through, for whom. */
export const SWITCHES: Record<string, { label: string; why: string; words?: [string, string][] }> = {
  op_case: { label: 'Operations in any case', why: 'Entra sends Add, Replace and Remove' },
  bool_strings: { label: 'Booleans as text', why: 'Entra sends "True" and "False"' },
  dotted_keys: { label: 'Dotted names as paths', why: 'Entra sends "name.givenName" without a path' },
  urn_keys: { label: 'URNs as paths', why: 'Entra sends "urn:…:User:department" without a path' },
  valuepath_keys: { label: 'Value paths as names', why: 'emails[type eq "work"].value as a key' },
  json_string_value: { label: 'JSON inside text', why: 'scim-for-keycloak sends values as JSON text' },
  valuepath_autocreate: {
    label: 'Make the element that a path names',
    why: 'Entra replaces a work address that is not there',
  },
  member_remove_by_value: {
    label: 'Remove the listed members only',
    why: 'Entra and others remove members with a value list',
  },
  manager_shapes: { label: 'Managers in every shape', why: 'Bare text, an object, empty text to clear' },
  schemas_repair: { label: 'Repair schemas', why: 'OneLogin and others leave URNs out or write them wrong' },
  filter_lenient: { label: 'Lenient filters', why: 'Unquoted values, a complex attribute without its part' },
  primary_first: { label: 'Keep the first primary', why: 'Where two values are primary, the first stays' },
  unknown_attributes: {
    label: 'Unknown attributes',
    why: 'Okta and Entra send extras',
    words: [
      ['ignore', 'Ignore'],
      ['store', 'Store'],
      ['reject', 'Refuse'],
    ],
  },
  put_omitted: {
    label: 'What a PUT leaves out',
    why: 'Okta sends back what it read, without what others have set',
    words: [
      ['clear_owned', 'Clear what this source had set'],
      ['clear_all', 'Clear everything'],
      ['keep', 'Keep'],
    ],
  },
  delete_user: {
    label: 'Deleted people',
    why: 'A tombstone can be restored by an administrator',
    words: [
      ['delete', 'Delete'],
      ['tombstone', 'Keep a tombstone'],
    ],
  },
  password: {
    label: 'Passwords',
    why: 'Lockstep needs none',
    words: [
      ['discard', 'Discard'],
      ['forward', 'Forward'],
    ],
  },
};

/** The words of the switches that are no plain yes or no, in a strict profile. */
const STRICT: Switches = { unknown_attributes: 'reject', put_omitted: 'clear_all' };

/** Every switch as `tolerant` or as strict as the RFC. */
export const profile = (known: Switches, strict: boolean): Switches =>
  Object.fromEntries(
    Object.entries(known).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? !strict : (strict && STRICT[name]) || SWITCHES[name]?.words?.[0]?.[0] || value,
    ]),
  );
