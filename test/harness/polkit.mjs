// Stands in for polkit on the lab's bus. Its mode is its argument: `allow` and `deny` answer so, `challenge` answers
// that the person must be asked, as polkit does where no agent can ask.
import dbus from 'dbus-native';

/** is authorized, could be after a challenge */
const answers = { allow: [true, false], deny: [false, false], challenge: [false, true] };
const answer = answers[process.argv[2]];
if (!answer) {
  throw new Error(`The mode is one of ${Object.keys(answers).join(', ')}.`);
}

const text = (value) => ({ type: 's', value, access: 'read' });
const authority = dbus.defineInterface({
  name: 'org.freedesktop.PolicyKit1.Authority',
  methods: {
    CheckAuthorization: {
      in: { subject: '(sa{sv})', action: 's', details: 'a{ss}', flags: 'u', cancellation: 's' },
      out: { result: '(bba{ss})' },
      handler: () => [...answer, {}],
    },
    CancelCheckAuthorization: { in: { cancellation: 's' }, handler: () => {} },
  },
  signals: { Changed: {} },
  properties: {
    BackendName: text('stand-in'),
    BackendVersion: text('1'),
    BackendFeatures: { type: 'u', value: 1, access: 'read' },
  },
});

const bus = dbus.createClient({ busAddress: process.env.DBUS_SYSTEM_BUS_ADDRESS });
bus.connection.on('error', () => process.exit(1)); // the bus has gone
bus.connection.on('close', () => process.exit(0));
await bus.export('/org/freedesktop/PolicyKit1/Authority', authority);
await bus.requestName('org.freedesktop.PolicyKit1', 4);
console.log('ready');
