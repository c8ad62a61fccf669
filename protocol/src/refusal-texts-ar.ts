import type { RefusalTexts } from './refusal-texts.ts';

const printerFaults = {
  paper_out: 'لا يوجد ورق في الطابعة. ضع لفة جديدة.',
  cover_open: 'غطاء الطابعة مفتوح. أغلقه.',
  error: 'الطابعة تعلن عن عطل. أطفئها وأعد تشغيلها.',
  unreachable: 'الطابعة لا تجيب. تأكد من أنها تعمل وموصولة.',
} as const;

/** Refusals in Arabic: what is wrong, then what to do. */
export const arabicRefusals: RefusalTexts = {
  no_reading: ({ ageMs }, say) =>
    ageMs === null
      ? 'لم يرسل مؤشر الوزن أي وزن بعد. تأكد من أنه يعمل وموصول.'
      : `لم يرسل مؤشر الوزن أي وزن منذ ${say.seconds(ageMs)}. افحص الكابل ومصدر الكهرباء والإعدادات.`,
  not_stable: () => 'الوزن ما زال يتحرك. انتظر حتى تقف الشاحنة تمامًا.',
  below_threshold: ({ thresholdKg }, say) =>
    `لا توجد شاحنة على الميزان: الوزن أقل من ${say.kg(thresholdKg)}.`,
  overloaded: () => 'الحمولة أكبر من سعة الميزان. انزل عن الميزان وخفف الحمولة.',
  underloaded: () => 'الميزان يعرض أقل من الصفر. أخلِ الميزان واضبط المؤشر على الصفر.',
  above_maximum: ({ maxKg }, say) =>
    `الوزن أكبر من الحد الأقصى ${say.kg(maxKg)}. انزل عن الميزان وخفف الحمولة.`,
  not_gross: () => 'المؤشر يعرض الوزن الصافي. ألغِ الوزن الفارغ في المؤشر ليعرض الوزن الإجمالي.',
  unit_unknown: () =>
    'المؤشر لا يذكر وحدة الوزن. اضبطه على الكيلوغرام أو الطن أو الرطل (kg, t, lb)، أو اذكر الوحدة بجانب الطراز في ملف الإعدادات.',
  unit_changed: ({ expected, shown }, say) =>
    `المؤشر ${shown === null ? 'لا يذكر الوحدة' : `يعرض ${say.name(shown)}`}، وقد شُغِّل بوحدة ` +
    `${say.name(expected)}. أعد الضبط، أو أعد تشغيل الميزان من جديد.`,
  interval_changed: ({ value, unit, interval }, say) =>
    `المؤشر يعرض ${say.number(`${value} ${unit}`)}، وقد شُغِّل بدرجات من ` +
    `${say.number(`${interval} ${unit}`)}. أعد الضبط، أو أعد تشغيل الميزان من جديد.`,
  not_recordable: () => 'المؤشر يعرض قيمة دقيقة أو تجريبية لا يجوز تسجيلها. أعده إلى الوزن العادي.',
  already_registered: () => 'هذه الحمولة مسجلة. انزل عن الميزان؛ يجب أن يفرغ الميزان قبل الوزنة التالية.',
  session_open: ({ truck }, say) => `الشاحنة ${say.name(truck)} في الداخل. زِنها أولًا عند الخروج.`,
  no_open_session: ({ truck }, say) =>
    `الشاحنة ${say.name(truck)} لم توزن عند الدخول، فلا يمكن وزنها عند الخروج. زِنها أولًا عند الدخول.`,
  truck_missing: ({ direction }) =>
    `الوزن عند ${direction === 'in' ? 'الدخول' : 'الخروج'} يحتاج إلى رقم لوحة الشاحنة.`,
  negative_net: ({ firstKg, secondKg, netKg }, say) =>
    `سيكون الوزن الصافي ${say.kg(netKg)}: الدخول ${say.kg(firstKg)}، الخروج ${say.kg(secondKg)}. ` +
    'هل الاتجاه معكوس، أم أن هذه شاحنة أخرى؟',
  containers_heavier: ({ secondKg, truckTareKg }, say) =>
    `الحاويات المذكورة أثقل مما على الميزان (${say.kg(secondKg)})، وسيبقى للشاحنة ` +
    `${say.kg(truckTareKg)}. تحقق من الحاويات الموجودة عليها.`,
  scale_missing: ({ known }, say) => `اذكر أي ميزان: ${say.names(known)}.`,
  unknown_scale: ({ scaleId, known }, say) =>
    `لا يوجد هنا ميزان باسم ${say.name(scaleId)}. الموازين: ${say.names(known)}.`,
  below_minimum: ({ minKg }, say) =>
    `الوزن أقل من الحد الأدنى لهذا الميزان، ${say.kg(minKg)}. يجب وزنه على ميزان أصغر.`,
  no_zero_since_last_truck: ({ zeroBandKg }, say) =>
    `لم يعد الميزان إلى الصفر (ضمن ${say.kg(zeroBandKg)}) منذ الشاحنة السابقة. يجب النزول وإخلاء الميزان، ` +
    'وتصفير المؤشر إذا أظهر وزنًا آخر.',
  printer_not_ready: ({ reason }) => `${printerFaults[reason]} لا توزن شاحنة هنا بدون تذكرة.`,
  storage_low: () => 'لم يبقَ مكان كافٍ لحفظ وزنة أخرى. اطلب إخلاء قرص هذا الحاسوب.',
  seal_broken: ({ brokenAtSeq }, say) =>
    `سجل هذا الحاسوب تالف عند القيد ${say.number(String(brokenAtSeq))}: الختم مكسور. اتصل بالصيانة؛ ` +
    'يستمر الوزن بعد أن تقرّ بذلك.',
  position_cut: ({ beam }, say) =>
    beam === null
      ? 'الشاحنة لا تقف كلها على الميزان. يجب تحريكها حتى تصير كل العجلات عليه.'
      : `الشاحنة لا تقف كلها على الميزان: إنها تقطع ${say.name(beam)}. يجب تحريكها حتى تصير كل العجلات عليه.`,
  position_unknown: ({ sensor }, say) =>
    `مستشعر الموضع ${say.name(sensor)} لا يجيب، فلا يُعرف إن كانت الشاحنة تقف كلها على الميزان. تحقق من كبله ومن ` +
    'كهربائه، أو اتصل بالصيانة.',
  alibi_missing: () =>
    'لم يحفظ جهاز القراءة هذا الوزن في ذاكرته بعد. انتظر لحظة؛ وإن استمر ذلك فاتصل بالصيانة.',
  software_unverified: () =>
    'برنامج هذا الحاسوب ليس برنامجًا أُصدر ووُقّع له. اتصل بالصيانة؛ لا يوزن شيء حتى يعمل البرنامج الصحيح.',
  over_legal_gross: ({ truck, legalGrossKg, overKg }, say) =>
    `الشاحنة ${say.name(truck)} تتجاوز وزنها الإجمالي القانوني ${say.kg(legalGrossKg)} بمقدار ${say.kg(overKg)}. يجب تخفيف الحمولة.`,
  stored_tare_unattended: () =>
    'لا يُستخدم الوزن الفارغ المحفوظ هنا إلا حين يكون أحد مسجَّل الدخول. اسأل عند المكتب.',
  tare_unknown: ({ containers }, say) =>
    `لا يوجد وزن فارغ للحاوية ${say.names(containers)}، فلا يمكن وزن الشاحنة مرة واحدة. يجب تحديده، أو وزن الشاحنة عند الدخول والخروج.`,
  stored_tare_missing: ({ truck }, say) =>
    `لا يوجد وزن فارغ محفوظ للشاحنة ${say.name(truck)}. يجب وزنها عند الدخول وعند الخروج.`,
  stored_tare_expired: ({ truck, validUntil }, say) =>
    `الوزن الفارغ المحفوظ للشاحنة ${say.name(truck)} كان صالحًا حتى ${say.number(validUntil)}. يجب وزنها فارغة من جديد، أو تأكيده عند المكتب.`,
  preset_tare_above_maximum: ({ maxKg }, say) =>
    `الوزن الفارغ المُدخل أكبر من الحد الأقصى للميزان، ${say.kg(maxKg)}. تحقق من الرقم وأدخله من جديد.`,
  tare_heavier: ({ grossKg, tareKg }, say) =>
    `يجب أن تزن الشاحنة وحاوياتها ${say.kg(tareKg)} وهي فارغة، ولا يقف على الميزان سوى ${say.kg(grossKg)}. ` +
    'هل هذه شاحنة أخرى؟',
  session_unknown: () => 'لا توجد زيارة كهذه هنا. تحقق من رقمها.',
  session_superseded: () => 'هذه الزيارة لم تعد محسوبة: حلّت محلها وزنة دخول لاحقة. راجع تلك الوزنة.',
  session_voided: () => 'هذه الزيارة ملغاة بالفعل. لا شيء آخر يلزم.',
  second_person_missing: () => 'يلزم لذلك شخصان أحدهما مشرف. اطلب من شخص ثانٍ إدخال رمزه.',
  provider_revoked: ({ truck, provider }, say) =>
    `الشاحنة ${say.name(truck)} تابعة للمورد ${say.name(provider)} الذي لم يعد يُسمح له بالتوريد. راجع المكتب.`,
  tares_stale: ({ confirmedOn }, say) =>
    `أُكدت الأوزان الفارغة آخر مرة في ${say.number(confirmedOn)}، وهذا أقدم من أن تُوزن الشاحنة مرة واحدة. زنها عند الدخول وعند الخروج.`,
  same_person: ({ by }, say) => `لا يمكن أن يكون ${say.name(by)} الشخص الثاني أيضًا. اطلب شخصًا آخر.`,
};
