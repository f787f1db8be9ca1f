// What tests/applications/run shows with Qt Quick: nothing in it moves.
import QtQuick

Window {
    visible: true
    width: 640
    height: 480
    color: "#204060"
    Text {
        anchors.centerIn: parent
        text: "Qt Quick"
        font.pixelSize: 48
        renderType: Text.NativeRendering
        color: "white"
    }
    Rectangle {
        x: 30; y: 30; width: 150; height: 100; radius: 20
        gradient: Gradient {
            GradientStop { position: 0; color: "red" }
            GradientStop { position: 1; color: "yellow" }
        }
    }
    Rectangle { x: 420; y: 320; width: 120; height: 80; rotation: 25; color: "lime"; opacity: 0.6 }
}
