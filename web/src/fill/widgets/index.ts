/** Which widget draws which question; what none can draw is named in words and keeps its value. */
import type { Component } from 'vue'
import { appearancesOf, type AnyControlNode } from '../../engine'
import AcknowledgeWidget from './AcknowledgeWidget.vue'
import BarcodeWidget from './BarcodeWidget.vue'
import DateWidget from './DateWidget.vue'
import FileWidget from './FileWidget.vue'
import LineWidget from './LineWidget.vue'
import NumberWidget from './NumberWidget.vue'
import OtherWidget from './OtherWidget.vue'
import PhotoWidget from './PhotoWidget.vue'
import PointWidget from './PointWidget.vue'
import RangeWidget from './RangeWidget.vue'
import RankWidget from './RankWidget.vue'
import ReadOnlyWidget from './ReadOnlyWidget.vue'
import SelectWidget from './SelectWidget.vue'
import SketchWidget from './SketchWidget.vue'
import TextWidget from './TextWidget.vue'

/** What every widget is given. */
export interface WidgetProps<N = AnyControlNode> {
  node: N
  controlId: string
  labelId: string
  describedBy?: string
  invalid: boolean
}

const INPUTS: Record<string, Component> = {
  string: TextWidget,
  int: NumberWidget,
  decimal: NumberWidget,
  date: DateWidget,
  time: DateWidget,
  dateTime: DateWidget,
  geopoint: PointWidget,
  geotrace: LineWidget,
  geoshape: LineWidget,
  barcode: BarcodeWidget,
}

export function widgetFor(node: AnyControlNode): Component | null {
  if (node.nodeType === 'note') return node.currentState.instanceValue ? ReadOnlyWidget : null
  if (node.currentState.readonly && node.nodeType !== 'upload') return ReadOnlyWidget
  switch (node.nodeType) {
    case 'input':
      return INPUTS[node.valueType] ?? OtherWidget
    case 'select':
      return SelectWidget
    case 'rank':
      return RankWidget
    case 'range':
      return RangeWidget
    case 'trigger':
      return AcknowledgeWidget
    case 'upload':
      return uploadWidget(node)
    default:
      return OtherWidget
  }
}

function uploadWidget(node: Extract<AnyControlNode, { nodeType: 'upload' }>): Component {
  if (node.nodeOptions.media.type !== 'image') return FileWidget
  const looks = appearancesOf(node)
  return looks.has('signature') || looks.has('draw') ? SketchWidget : PhotoWidget
}
