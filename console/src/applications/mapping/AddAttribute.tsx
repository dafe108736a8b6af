import { Autocomplete, Button, Modal } from '@mantine/core';
import { useState } from 'react';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:';
/** Attributes of the core and enterprise schemas that a mapping may name (RFC 7643 sections 4.1 and 4.3). */
const PATHS = [
  'externalId',
  'active',
  'displayName',
  'nickName',
  'title',
  'userType',
  'profileUrl',
  'preferredLanguage',
  'locale',
  'timezone',
  'name.formatted',
  'name.givenName',
  'name.familyName',
  'name.middleName',
  'name.honorificPrefix',
  'name.honorificSuffix',
  'emails',
  'emails[type eq "work"].value',
  'emails[type eq "home"].value',
  'phoneNumbers',
  'phoneNumbers[type eq "work"].value',
  'phoneNumbers[type eq "mobile"].value',
  'addresses',
  'addresses[type eq "work"].country',
  'photos',
  'ims',
  'roles',
  'entitlements',
  ...['employeeNumber', 'costCenter', 'organization', 'division', 'department', 'manager.value'].map(
    (name) => ENTERPRISE + name,
  ),
];

/** Which attribute of the application to add; the row then opens to be written. */
export function AddAttribute(props: { taken: string[]; add: (to: string) => void; close: () => void }) {
  const [to, setTo] = useState('');
  const [tried, setTried] = useState(false);
  const path = to.trim();
  const wrong = !path
    ? 'Choose or write an attribute'
    : props.taken.includes(path)
      ? 'It is mapped already'
      : undefined;
  return (
    <Modal opened onClose={props.close} title="Add an attribute" size={520} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!wrong) props.add(path);
        }}
      >
        <Autocomplete
          label="App attribute"
          description="A SCIM path. A filter says which element of a list: emails[type eq “work”].value"
          size="xs"
          data={PATHS.filter((one) => !props.taken.includes(one))}
          value={to}
          onChange={setTo}
          error={tried && wrong}
          maxDropdownHeight={260}
          limit={60}
          data-autofocus
          spellCheck={false}
        />
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={props.close}>
            Cancel
          </Button>
          <Button type="submit">Add</Button>
        </div>
      </form>
    </Modal>
  );
}
